/** The page script of the field app. */
export {};
