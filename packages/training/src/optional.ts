/** Types of options, of which each may be left out or `undefined`. */

/** Some of the fields of `T`. */
export type PartOf<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/** All fields of options, after the defaults have been filled in. */
export type Complete<T> = { readonly [Name in keyof T]-?: Exclude<T[Name], undefined> };
