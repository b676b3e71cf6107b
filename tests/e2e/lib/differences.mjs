// Two documents, value by value.

/** {path: value} of every leaf; an empty list or object is one. */
export function leaves(value, where = '', found = {}) {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) {
    found[where] = value;
    return found;
  }
  for (const [key, part] of Object.entries(value))
    leaves(part, where ? `${where}.${key}` : key, found);
  return found;
}

/** What `ours` lacks of `theirs`, has otherwise, or has besides: one line for each value. */
export function differences(ours, theirs, { ignored = /^$/ } = {}) {
  const [mine, other] = [leaves(ours), leaves(theirs)];
  const found = [];
  for (const [where, value] of Object.entries(other)) {
    if (ignored.test(where)) continue;
    if (!(where in mine)) found.push(`missing: ${where} (${JSON.stringify(value)})`);
    else if (JSON.stringify(mine[where]) !== JSON.stringify(value))
      found.push(`${where}: ${JSON.stringify(mine[where])} instead of ${JSON.stringify(value)}`);
  }
  for (const where of Object.keys(mine))
    if (!(where in other) && !ignored.test(where)) found.push(`besides: ${where}`);
  return found;
}
