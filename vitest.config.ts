import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/static/**/*.test.ts"],
    // Tests of page modules name their own environment in a first-line comment.
    environment: "node",
  },
});
