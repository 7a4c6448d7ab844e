/** The ids of the engine's objects. */

export { type IdPrefix, newId } from "../ids.ts";
