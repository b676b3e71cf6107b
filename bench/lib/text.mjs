// Figures as the table writes them.

/** 3 significant digits: 92,300 · 812 · 4.21. */
export function figure(value) {
  if (value >= 1000) {
    const step = 10 ** (Math.floor(Math.log10(value)) - 2);
    return (Math.round(value / step) * step).toLocaleString('en');
  }
  return String(Number(value.toPrecision(3)));
}

export const times = (ratio) => `${ratio >= 10 ? Math.round(ratio) : ratio.toFixed(2)}×`;

/** Microseconds as milliseconds. */
export const millis = (micros) => `${figure(micros / 1000)} ms`;

export const mebibytes = (bytes) => `${Math.round(bytes / 2 ** 20)} MB`;
