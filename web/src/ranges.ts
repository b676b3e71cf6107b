// The choice of how far back a page looks.
import { kRanges, type View } from './address.ts';
import { h } from './dom.ts';

/** Buttons that set `view.days` and then call `change`. */
export function rangesOf(view: View, legend: string, change: () => void): HTMLElement {
  const ranges = kRanges.map((days) => {
    const input = h('input', { type: 'radio', name: 'days', value: days });
    input.checked = days === view.days;
    input.addEventListener('change', () => {
      view.days = days;
      change();
    });
    return h('label', {}, input, h('span', {}, days === 365 ? '1 year' : `${days} days`));
  });
  return h('fieldset', { class: 'ranges' }, h('legend', {}, legend), ...ranges);
}
