import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", ".turnlab/**", "reports/runs/**"];

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: "unit", include: ["**/*.test.ts"], exclude: [...exclude, "**/*.docker.test.ts"] },
      },
      {
        test: {
          name: "docker",
          include: ["**/*.docker.test.ts"],
          exclude,
          // One engine, and timings that a neighbour would spoil: one file after the other, in one worker.
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
