import { natGrid } from "./_nat-grid.ts";

export default natGrid();
