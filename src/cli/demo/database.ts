/** The demo's shop: a small database with the things real ones have, and a digest of its every row. */
import { createHash } from 'node:crypto';
import pg from 'pg';

const definition = `
  create type order_state as enum ('open', 'paid', 'shipped');
  create table customers (id bigint generated always as identity primary key, name text not null, joined date not null);
  create table products (id bigint generated always as identity primary key, title text not null, price numeric(10,2) not null);
  create table orders (
    id bigint generated always as identity primary key,
    customer bigint not null references customers,
    state order_state not null,
    placed timestamptz not null
  ) ;
  create table items (
    "order" bigint not null references orders,
    product bigint not null references products,
    quantity int not null check (quantity > 0),
    primary key ("order", product)
  );
  create index on orders (customer, placed);
  create view revenue as
    select o.customer, sum(i.quantity * p.price) as total
    from orders o join items i on i."order" = o.id join products p on p.id = i.product group by 1;
  create materialized view best_customers as select * from revenue order by total desc limit 100;
  insert into customers (name, joined)
    select 'Müller & ' || chr(65 + n % 26) || n, date '2020-01-01' + n % 2000 from generate_series(1, 5000) n;
  insert into products (title, price)
    select 'Product №' || n, (n * 37 % 9000) / 100.0 + 1 from generate_series(1, 500) n;
  insert into orders (customer, state, placed)
    select 1 + n * 7919 % 5000, (array['open','paid','shipped'])[1 + n % 3]::order_state,
           timestamptz '2026-01-01 00:00Z' + n * interval '7 minutes' from generate_series(1, 20000) n;
  insert into items select n, 1 + n * 31 % 500, 1 + n % 5 from generate_series(1, 20000) n;
  insert into items select n, 1 + (n * 31 + 7) % 500, 1 + n % 3 from generate_series(1, 20000) n;
  select lo_from_bytea(0, decode(repeat('48656c6c6f20', 10000), 'hex'));
  refresh materialized view best_customers;
`;

export const tables = ['customers', 'products', 'orders', 'items', 'best_customers'] as const;

export async function withClient<T>(
  url: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export const createShop = (url: string): Promise<unknown> =>
  withClient(url, (client) => client.query(definition));

/** A hash of each row, by table, in an order that does not depend on where rows lie on disk. */
export type RowDigests = ReadonlyMap<string, readonly string[]>;

export function digestRows(url: string): Promise<RowDigests> {
  return withClient(url, async (client) => {
    const digests = new Map<string, string[]>();
    for (const table of await existing(client)) {
      const { rows } = await client.query<{ row: string }>(
        `select (t.*)::text as row from ${table} t order by 1`,
      );
      digests.set(
        table,
        rows.map(({ row }) => createHash('sha256').update(row).digest('hex')),
      );
    }
    return digests;
  });
}

const existing = async (client: pg.Client): Promise<string[]> => {
  const { rows } = await client.query<{ name: string }>(
    'select name from unnest($1::text[]) name where to_regclass(name) is not null',
    [tables],
  );
  return rows.map(({ name }) => name);
};

/** Rows that are not the same on both sides, and how many were compared. */
export function compareRows(
  before: RowDigests,
  after: RowDigests,
): { rows: number; different: number } {
  let rows = 0;
  let different = 0;
  for (const [table, expected] of before) {
    const found = after.get(table) ?? [];
    rows += expected.length;
    different += Math.abs(expected.length - found.length);
    different += expected.filter((row, n) => n < found.length && row !== found[n]).length;
  }
  return { rows, different };
}

/** What somebody does by mistake on a Friday afternoon. */
export const ruinShop = (url: string): Promise<unknown> =>
  withClient(url, (client) =>
    client.query(
      `delete from items where quantity > 2; update customers set name = 'oops'; drop view revenue cascade`,
    ),
  );
