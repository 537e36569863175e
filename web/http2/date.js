// The Date field, asked for once a second at most.

let shown = '', second = -1;

export function utcDate() {
  const now = Date.now(), s = Math.floor(now / 1000);
  if (s !== second) [shown, second] = [new Date(now).toUTCString(), s];
  return shown;
}
