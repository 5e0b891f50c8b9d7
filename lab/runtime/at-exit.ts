/** What must not outlive this process, also when it leaves at once by `process.exit`. The last one goes first. */
const works: (() => void)[] = [];

/** Does `work` when the process exits, unless it has been disposed of before: a child to end, a folder half made. */
export function atExit(work: () => void): Disposable {
  if (works.length === 0) process.once("exit", undoAll);
  works.push(work);
  return {
    [Symbol.dispose]: () => {
      const index = works.indexOf(work);
      if (index >= 0) works.splice(index, 1);
      if (works.length === 0) process.off("exit", undoAll);
    },
  };
}

function undoAll(): void {
  for (const work of works.splice(0).reverse()) {
    try {
      work();
    } catch {
      // The next one's turn: nobody is left to be told.
    }
  }
}
