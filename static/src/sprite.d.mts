export function spriteOf(names: readonly string[]): Promise<string>;
