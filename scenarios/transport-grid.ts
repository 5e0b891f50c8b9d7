import { transportGrid } from "./_transport-grid.ts";

export default transportGrid();
