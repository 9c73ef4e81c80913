/** What comes of a model in a runtime. */

/** The result of a model, or why there is none. */
export type Outcome = readonly number[] | string;
