// Who is signed in: what stands for it at the top of every page, and how to end it.
import { get, send } from './api.ts';
import { byId, h } from './dom.ts';

interface Session {
  /** Null: nobody is signed in, or the collector has no users. */
  user: string | null;
  /** Goes with what is to be changed; null where no cookie signs in. */
  token: string | null;
  sign_in: string | null;
  /** Whether there is an operations center that one may see. */
  operations: boolean;
}

/** Where to sign in, to come back to this page. */
export function signInAddress(): string {
  return `/sign-in?${new URLSearchParams({ back: location.pathname + location.search })}`;
}

export async function showAccount(): Promise<void> {
  try {
    fill(await getSession());
  } catch {
    // The page itself says what is wrong with the collector.
  }
}

/** A page that loads itself again keeps its session: that is renewed by asking for it alone. */
export function keepSession(): void {
  getSession().catch(() => {
    // The page itself says what is wrong.
  });
}

function fill({ user, token, sign_in, operations }: Session): void {
  const isHere = location.pathname.startsWith('/operations');
  byId('account').replaceChildren(
    operations
      ? h('a', { href: '/operations', 'aria-current': isHere ? 'page' : undefined }, 'Operations')
      : '',
    sign_in === null ? '' : h('a', { href: signInAddress() }, 'Sign in'),
    user === null || token === null ? '' : endButton(user, token),
  );
}

function endButton(user: string, token: string): HTMLElement {
  const button = h('button', { type: 'button' }, 'Sign out ', h('span', {}, `(${user})`));
  button.addEventListener('click', () => {
    signOut(token).then(
      () => location.assign('/'),
      (error: unknown) => {
        button.textContent = error instanceof Error ? error.message : String(error);
      },
    );
  });
  return button;
}

function getSession(): Promise<Session> {
  return get<Session>('/api/v1/session');
}

async function signOut(token: string): Promise<void> {
  await send('/sign-out', { method: 'POST', headers: { 'x-candor-token': token } });
}
