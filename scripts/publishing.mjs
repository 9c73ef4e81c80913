// Reads publishing.json: where the project lives and whom to contact. It is set nowhere else.
import { readFileSync } from 'node:fs';
import { ROOT } from './packages.mjs';

/**
 * @typedef {'repository' | 'homepage' | 'issues' | 'securityContact' | 'conductContact'}
 *   PublishingField
 */

/**
 * Each is null until it is known.
 *
 * @type {Record<PublishingField, string | null>}
 */
export const PUBLISHING = JSON.parse(readFileSync(`${ROOT}publishing.json`, 'utf8'));

/** The fields that are not set yet. */
export const UNSET = Object.entries(PUBLISHING).flatMap(([field, value]) => (value === null ? [field] : []));

/** The documents that name a contact, with the line for it. */
export const CONTACTS = [
  { file: 'SECURITY.md', contact: lineOf('securityContact') },
  { file: 'CODE_OF_CONDUCT.md', contact: lineOf('conductContact') },
];

/** @param {PublishingField} field */
function lineOf(field) {
  return PUBLISHING[field] ?? `The contact is not set yet (\`${field}\` in \`publishing.json\`).`;
}
