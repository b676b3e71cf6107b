// /js/rating.js: <candor-rating activity="project_created"> asks how an activity went, once for each activity
// and visitor, and sends the answer as the event `rating` (docs/formats/plausible.md).
export {};

type Track = ((...call: unknown[]) => void) & { q?: unknown[][] };

const kStars = [1, 2, 3, 4, 5];
const kStyle = `
:host { display: block; font: inherit; }
:host([hidden]) { display: none; }
fieldset { border: 1px solid; border-radius: 6px; padding: 0.75em 1em; margin: 0; max-width: 24em; }
legend { padding: 0 0.4em; font-weight: 600; }
.stars { display: flex; gap: 0.25em; margin-bottom: 0.75em; }
label { position: relative; font-size: 2em; line-height: 1; cursor: pointer; padding: 0.1em; }
input { position: absolute; inset: 0; margin: 0; opacity: 0; cursor: pointer; }
label:focus-within { outline: 2px solid; outline-offset: 2px; border-radius: 4px; }
.words { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
button { font: inherit; padding: 0.4em 1em; margin-right: 0.5em; }
`;

/** Where the browser keeps nothing, the page does, as long as it is there. */
const answered = new Set<string>();

function wasAsked(activity: string): boolean {
  try {
    return localStorage.getItem(`candor_rated:${activity}`) !== null;
  } catch {
    return answered.has(activity);
  }
}

function noteAsked(activity: string): void {
  answered.add(activity);
  try {
    localStorage.setItem(`candor_rated:${activity}`, '1');
  } catch {
    // The page's own memory has to do.
  }
}

/** The page's script, or a queue that it reads when it comes. */
function track(...call: unknown[]): void {
  const page = window as unknown as { plausible?: Track };
  if (!page.plausible) {
    const queue: Track = (...later) => void (queue.q ??= []).push(later);
    page.plausible = queue;
  }
  page.plausible(...call);
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

class CandorRating extends HTMLElement {
  static observedAttributes = ['activity'];
  readonly #root = this.attachShadow({ mode: 'open' });
  readonly #status = element('p', { role: 'status', tabIndex: -1 });

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(kStyle);
    this.#root.adoptedStyleSheets = [sheet];
  }

  connectedCallback(): void {
    this.#ask();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.#ask();
  }

  #ask(): void {
    const activity = this.getAttribute('activity') ?? '';
    this.hidden = activity === '' || wasAsked(activity);
    this.#status.textContent = '';
    this.#root.replaceChildren(...(this.hidden ? [] : [this.#form(activity), this.#status]));
  }

  #form(activity: string): HTMLFormElement {
    const send = element('button', { type: 'submit', disabled: true }, 'Send');
    const later = element('button', { type: 'button' }, 'Not now');
    const stars = kStars.map((count) => this.#star(count));
    const question = this.getAttribute('question') ?? 'How well did this go?';
    const form = element(
      'form',
      {},
      element(
        'fieldset',
        {},
        element('legend', {}, question),
        element('div', { className: 'stars' }, ...stars),
        send,
        later,
      ),
    );
    const chosen = () => Number(new FormData(form).get('stars'));
    form.addEventListener('change', () => {
      send.disabled = false;
      stars.forEach((star, i) => (star.firstChild!.textContent = i < chosen() ? '★' : '☆'));
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (chosen()) this.#answer(activity, chosen());
    });
    form.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#close(activity);
    });
    later.addEventListener('click', () => this.#close(activity));
    return form;
  }

  #star(count: number): HTMLLabelElement {
    return element(
      'label',
      {},
      element('span', { ariaHidden: 'true' }, '☆'),
      element('input', { type: 'radio', name: 'stars', value: String(count) }),
      element('span', { className: 'words' }, count === 1 ? '1 star' : `${count} stars`),
    );
  }

  #answer(activity: string, stars: number): void {
    noteAsked(activity);
    track('rating', { props: { activity, stars: String(stars) } });
    this.#root.replaceChildren(this.#status);
    this.#status.textContent = this.getAttribute('thanks') ?? 'Thank you.';
    this.#status.focus();
    const detail = { activity, stars };
    this.dispatchEvent(new CustomEvent('candor-rated', { bubbles: true, detail }));
  }

  #close(activity: string): void {
    noteAsked(activity);
    this.#root.replaceChildren();
    this.hidden = true;
  }
}

if (!customElements.get('candor-rating')) customElements.define('candor-rating', CandorRating);
