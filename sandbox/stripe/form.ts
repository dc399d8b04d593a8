/** A form as Stripe takes it: `metadata[order]=1&expand[0]=latest_charge` into nested objects and lists. */
export type FormValue = string | FormValue[] | { [name: string]: FormValue };

export function readForm(text: string): Record<string, FormValue> {
  const root: Record<string, FormValue> = Object.create(null);
  for (const [name, value] of new URLSearchParams(text)) put(root, pathOf(name), value);
  return lists(root) as Record<string, FormValue>;
}

/** `a[b][0]` → ['a', 'b', '0']; `a[]` → ['a', '']. */
const pathOf = (name: string): string[] => {
  const [head = '', ...rest] = name.split('[');
  return [head, ...rest.map((part) => part.replace(/\]$/, ''))];
};

function put(into: Record<string, FormValue>, [name = '', ...rest]: string[], value: string): void {
  const key = name === '' ? String(Object.keys(into).length) : name;
  if (rest.length === 0) {
    into[key] = value;
    return;
  }
  const known = into[key];
  const next = typeof known === 'object' ? (known as Record<string, FormValue>) : Object.create(null);
  into[key] = next;
  put(next, rest, value);
}

/** What is numbered from 0 is a list. */
function lists(value: FormValue): FormValue {
  if (typeof value === 'string') return value;
  const entries = Object.entries(value).map(([key, part]) => [key, lists(part)] as const);
  const numbered = entries.length > 0 && entries.every(([key], index) => key === String(index));
  return numbered ? entries.map(([, part]) => part) : Object.fromEntries(entries);
}
