/** The engine's clock. */

export { type Clock, systemClock, unixSeconds } from "../clock.ts";
