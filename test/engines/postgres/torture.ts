/** A database with everything that backups trip over. Roles first, then the contents of one database. */
export const tortureRoles = `
  create role "Shop Owner" login;
  create role "lecteur d''été" nologin;
  create role app_group;
  grant app_group to "Shop Owner";
  comment on role app_group is 'a; comment with '' quotes; and
a second line';
  alter role "Shop Owner" set work_mem = '8MB';
`;

export const tortureDatabaseSettings = (database: string) => `
  alter database "${database}" set search_path to "$user", public, "Odd ""Schema""";
  alter database "${database}" set "shop.tenant" to 'Ünï';
  alter database "${database}" set default_transaction_read_only to off;
  alter role "Shop Owner" in database "${database}" set statement_timeout to '5min';
  alter database "${database}" connection limit 40;
  comment on database "${database}" is 'the shop''s database';
  grant connect on database "${database}" to "lecteur d''été";
  revoke temporary on database "${database}" from public;
  alter database "${database}" owner to "Shop Owner";
`;

export const torture = `
  create extension hstore;
  create extension citext;
  create extension btree_gist;
  create schema "Odd ""Schema""" authorization "Shop Owner";
  create schema "select";
  create schema empty_schema;
  comment on schema "select" is 'a keyword';
  create type mood as enum ('sad', 'ok', 'happy');
  create type "Odd ""Schema"""."pair of" as (a int, b text);
  create domain email as citext check (value ~ '@');
  create collation "Odd ""Schema""".german (locale = 'C');

  create function public.touch() returns trigger language plpgsql as $f$
    begin new.note := coalesce(new.note, 'touched'); return new; end $f$;
  create function double_it(n int) returns int language sql immutable begin atomic select n * 2; end;
  create aggregate summed(int) (sfunc = int4pl, stype = int, initcond = '0');
  create procedure nothing() language sql as 'select 1';

  create table public."table" ("select" int primary key, "from" text, "Ünïcødé 列" text);
  insert into public."table" select n, 'row ' || n, repeat('ü', n % 7) from generate_series(1, 500) n;
  create table "select"."order" (id int generated always as identity (start with 100 increment by 5) primary key, t text);
  insert into "select"."order"(t) select 'x' || n from generate_series(1, 30) n;
  create table "Odd ""Schema"""."ta*ble?.with/every'thing ;--$ \\back
newline" (id serial primary key, note text, m mood, e email, p "Odd ""Schema"""."pair of", h hstore);
  insert into "Odd ""Schema"""."ta*ble?.with/every'thing ;--$ \\back
newline" (note, m, e, p, h) values (null, 'ok', 'a@b', row(1, 'x'), 'k=>v'), ('null', 'sad', null, null, null), (E'tab\\t\\\\.\\n\\\\N', 'happy', 'c@d', row(null, ''), '');
  create table "t*" (a int); insert into "t*" values (1);
  create table "tx" (a int); insert into "tx" values (2), (3);
  create table "日本語" ("列" text default '値'); insert into "日本語" default values;

  create table zero_columns (); insert into zero_columns default values; insert into zero_columns default values;
  create table empty_table (id bigint primary key);
  create table generated (a int, b int generated always as (a * 2) stored, c int default double_it(4));
  insert into generated (a) select generate_series(1, 50);
  create table nodes (id int primary key, parent int references nodes);
  create table left_side (id int primary key, other int);
  create table right_side (id int primary key, other int references left_side);
  alter table left_side add foreign key (other) references right_side deferrable initially deferred;
  begin; insert into left_side values (1, 1), (2, 2); insert into right_side values (1, 1), (2, 2); commit;
  insert into nodes values (1, null), (2, 1), (3, 2);

  create table events (at timestamptz not null, kind text, body jsonb) partition by range (at);
  create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
  create table events_2026 partition of events for values from ('2026-01-01') to ('2027-01-01') partition by list (kind);
  create table events_2026_a partition of events_2026 for values in ('a');
  create table events_rest partition of events default;
  create index on events (kind);
  insert into events select timestamptz '2025-06-01' + n * interval '1 day', case when n < 300 then 'b' else 'a' end, jsonb_build_object('n', n) from generate_series(1, 400) n where n < 200 or n >= 300;
  create table parent_plain (id int, v text);
  create table child_plain (extra money) inherits (parent_plain);
  insert into parent_plain values (1, 'p'); insert into child_plain values (2, 'c', 12.5);

  create table secrets (owner text, v text);
  alter table secrets enable row level security;
  alter table secrets force row level security;
  create policy own_rows on secrets for select to "Shop Owner" using (owner = current_user);
  insert into secrets values ('a', 'b'), ('Shop Owner', 'c');
  grant select (v) on secrets to "lecteur d''été";

  create unlogged table unlogged_rows (id int); insert into unlogged_rows select generate_series(1, 10);
  create table rooms (room int, during tstzrange, exclude using gist (room with =, during with &&));
  insert into rooms values (1, '[2026-01-01,2026-01-02)'), (1, '[2026-01-02,2026-01-03)');
  create table kinds (f float8, d float4, n numeric, i interval, ts timestamp, dt date, b bytea, bits bit(5), x xml, net inet, u uuid, arr text[], r int4range, mn money, tsv tsvector, reg regclass);
  insert into kinds values (0.1, 0.3, 1e-20, '1 mon 2 days 03:04:05.678', 'infinity', '4713-01-01 BC', '\\x00ff', b'10101', '<a>&lt;</a>', '::1/64', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a b",NULL,"{}"}', '[1,5)', 1234.5, to_tsvector('english', 'the quick fox'), 'tx'::regclass);
  insert into kinds(f, d, n) values ('NaN', '-infinity', 'NaN');

  create sequence "lonely seq" start 7 increment -3 minvalue -1000 maxvalue 10 cycle;
  select nextval('"lonely seq"'), nextval('"lonely seq"');
  create sequence untouched start 42;
  create view "view of" with (security_barrier) as select e.*, double_it(1) d from "table" e;
  create materialized view totals as select kind, count(*) n from events group by kind;
  create unique index on totals (kind);
  create materialized view unfilled as select 1 a with no data;
  create trigger touch_it before insert or update on "Odd ""Schema"""."ta*ble?.with/every'thing ;--$ \\back
newline" for each row execute function touch();
  create rule keep as on delete to "t*" do instead nothing;
  create statistics stat_events (dependencies, ndistinct) on "select", "from" from "table";
  create index "partial ""idx""" on "table" ("from") where "select" > 10;
  create index expr_idx on "table" (lower("from") collate "C");
  create publication pub for table "table" where ("select" > 5);
  create publication pub_all for all tables;
  create foreign data wrapper nowhere;
  create server remote foreign data wrapper nowhere;
  create foreign table far (a int) server remote;
  create text search configuration shop_search (copy = english);
  create cast (mood as int) with inout;
  create operator ### (leftarg = int, rightarg = int, function = int4pl);
  alter default privileges in schema "select" grant select on tables to "lecteur d''été";
  comment on table "table" is 'says ''hello''; -- not a comment';
  comment on column "table"."from" is E'line\\nline';
  security label for dummy on table "table" is 'x';
  create function log_ddl() returns event_trigger language plpgsql as $f$ begin
    if to_regclass('public.ddl_log') is not null then insert into public.ddl_log values (tg_tag); end if; end $f$;
  create table ddl_log (tag text);
  create event trigger on_ddl on ddl_command_end execute function log_ddl();
  select lo_from_bytea(4711, 'a large object'::bytea);
  select lo_from_bytea(4712, decode(repeat('00ff', 50000), 'hex'));
  select lo_put(lo_create(4713), 100000, 'after a hole');
  select lo_create(4714);
  comment on large object 4711 is 'kept';
  grant select on large object 4711 to "lecteur d''été";
  grant select, insert on "table" to app_group with grant option;
  alter table "table" owner to "Shop Owner";
  grant select on events to "Shop Owner";
  alter materialized view totals owner to "Shop Owner";
  create temporary table noise (a int);
`.replace(/ {2}security label .*\n/, '');

export const bigTable = `
  create table big (id bigserial primary key, body text);
  alter table big alter body set storage external;
  insert into big(body) select repeat(md5(n::text), 40) from generate_series(1, 40000) n;
  create table "Big ""Ta|ble"" (x)*" (id int, body bytea);
  alter table "Big ""Ta|ble"" (x)*" alter body set storage external;
  insert into "Big ""Ta|ble"" (x)*" values (1, decode(repeat('deadbeef', 26214400), 'hex'));
`;
