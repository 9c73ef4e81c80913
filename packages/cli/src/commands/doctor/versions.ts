/** Versions compared. */

/**
 * Whether a version such as `v20.19.1`, `5.1.4-0ubuntu1` or `n6.0` is at least `least`, such as
 * `20.19`. Versions of other forms, such as the commit of a build, count as new.
 */
export function isAtLeast(version: string, least: string): boolean {
  const [, major, minor] = /^[vn]?(\d+)\.(\d+)/.exec(version) ?? [];
  const [leastMajor = 0, leastMinor = 0] = least.split('.').map(Number);
  if (major === undefined) return true;
  return Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor);
}
