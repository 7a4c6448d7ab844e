/** The door of the store. */

export * from "./store.ts";
