/**
 * What is defined in each session for functions that DuckDB has under another form. Statements cannot name them: their names are
 * in no list of functions; the rules of `functions.ts` lead to them.
 */
export const macros: readonly string[] = [
  // Arithmetic
  `trino_divisor(a, b) AS CASE WHEN b = 0 AND typeof(a) NOT IN ('DOUBLE', 'FLOAT') AND typeof(b) NOT IN ('DOUBLE', 'FLOAT') THEN error('DIVISION_BY_ZERO: Division by zero') ELSE b END`,

  // JSON: a text that is not JSON has nothing in it
  `trino_json_extract(j, p) AS TRY(json_extract(j, p))`,
  `trino_json_scalar(j, p) AS CASE WHEN TRY(json_type(j, p)) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE TRY(json_extract_string(j, p)) END`,
  `trino_json_array_get(j, i) AS TRY(json_extract(j, '$[' || CASE WHEN i < 0 THEN '#' || i ELSE i::VARCHAR END || ']'))`,
  `trino_json_array_contains(j, x) AS list_contains(TRY(json_extract_string(j, '$[*]')), CAST(x AS VARCHAR))`,
  `trino_json_size(j, p) AS CASE TRY(json_type(j, p)) WHEN 'OBJECT' THEN len(json_keys(j, p)) WHEN 'ARRAY' THEN json_array_length(j, p) ELSE 0 END`,
  `trino_is_json_scalar(j) AS json_type(j) NOT IN ('OBJECT', 'ARRAY')`,
  `trino_json_text(j) AS json_extract_string(j, '$')`,

  // Dates
  `trino_plus(d DATE, i) AS CAST(d + i AS DATE), (d TIMESTAMP, i) AS d + i, (d TIMESTAMPTZ, i) AS d + i`,
  `trino_minus(d DATE, i) AS CAST(d - i AS DATE), (d TIMESTAMP, i) AS d - i, (d TIMESTAMPTZ, i) AS d - i`,
  `trino_iso(t DATE) AS strftime(t, '%Y-%m-%d'), (t TIMESTAMP) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%g'), (t TIMESTAMPTZ) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ')`,
  // The same for what has no type before it is bound, such as an aggregate.
  `trino_plus_any(d, i) AS d + i`,
  `trino_minus_any(d, i) AS d - i`,
  `trino_iso_any(t) AS strftime(t, '%Y-%m-%dT%H:%M:%S.%gZ')`,

  // Text
  `trino_regexp_extract(s, p, g := 0) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END`,
  `trino_url_host(u) AS nullif(regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/?#@]*@)?([^/:?#]*)', 1), '')`,
  `trino_url_port(u) AS TRY_CAST(nullif(regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*:([0-9]+)', 1), '') AS BIGINT)`,
  `trino_url_protocol(u) AS nullif(regexp_extract(u, '^([a-zA-Z][a-zA-Z0-9+.-]*):', 1), '')`,
  `trino_url_path(u) AS regexp_extract(u, '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/?#]*([^?#]*)', 1)`,
  `trino_url_query(u) AS regexp_extract(u, '^[^?#]*\\?([^#]*)', 1)`,
  `trino_url_fragment(u) AS regexp_extract(u, '#(.*)$', 1)`,
  `trino_url_parameter(u, n) AS list_extract(list_filter(list_transform(string_split(regexp_extract(u, '^[^?#]*\\?([^#]*)', 1), '&'), lambda x: CASE WHEN url_decode(split_part(x, '=', 1)) = n THEN url_decode(substr(x, strpos(x, '=') + 1)) END), lambda x: x IS NOT NULL), 1)`,
  `trino_split_to_map(s, d, e) AS map_from_entries(list_transform(string_split(s, d), lambda x: {k: split_part(x, e, 1), v: substr(x, strpos(x, e) + len(e))}))`,

  // Lists and maps
  `trino_element_at(a, i) AS a[i]`,
  `trino_slice(a, s, n) AS array_slice(a, s, s + n - 1)`,
  `trino_array_except(a, b) AS list_distinct(list_filter(a, lambda x: NOT list_contains(b, x)))`,
  `trino_array_union(a, b) AS list_distinct(list_concat(a, b))`,
  `trino_array_remove(a, x) AS list_filter(a, lambda e: e <> x)`,
  `trino_repeat(x, n) AS list_transform(range(n), lambda i: x)`,
  `trino_map_agg(k, v) AS map_from_entries(list({k: k, v: v}))`,
  `trino_array_join(a, s, n := NULL) AS array_to_string(CASE WHEN n IS NULL THEN list_transform(a, lambda x: CAST(x AS VARCHAR)) ELSE list_transform(a, lambda x: coalesce(CAST(x AS VARCHAR), n)) END, s)`,

  // Addresses: numbers of 128 bits, an IPv4 address as ::ffff:0:0/96
  `trino_ip4(s) AS CASE WHEN regexp_full_match(s, '(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}') THEN list_reduce(list_transform(string_split(s, '.'), lambda x: TRY_CAST(x AS UHUGEINT)), lambda a, b: a * 256::UHUGEINT + b) + 281470681743360::UHUGEINT END`,
  `trino_hextets(s) AS CASE WHEN s = '' THEN []::VARCHAR[] ELSE string_split(s, ':') END`,
  `trino_ip6_parts(s) AS CASE WHEN contains(s, '::') THEN list_concat(list_concat(trino_hextets(split_part(s, '::', 1)), list_transform(range(8 - len(trino_hextets(split_part(s, '::', 1))) - len(trino_hextets(split_part(s, '::', 2)))), lambda i: '0')), trino_hextets(split_part(s, '::', 2))) ELSE trino_hextets(s) END`,
  `trino_ip6(s) AS CASE WHEN regexp_full_match(s, '[0-9a-fA-F:]{2,39}') AND contains(s, ':') AND len(trino_ip6_parts(s)) = 8 THEN list_reduce(list_transform(trino_ip6_parts(s), lambda x: CAST(TRY_CAST('0x' || x AS UINTEGER) AS UHUGEINT)), lambda a, b: a * 65536::UHUGEINT + b) END`,
  `trino_ip_number(s) AS coalesce(trino_ip4(s), trino_ip6(s))`,
  `trino_try_ip(s) AS CASE WHEN trino_ip_number(s) IS NOT NULL THEN lower(s) END`,
  `trino_ip(s) AS CASE WHEN s IS NULL THEN NULL WHEN trino_ip_number(s) IS NOT NULL THEN lower(s) ELSE error('INVALID_CAST_ARGUMENT: Cannot cast value to IPADDRESS: ' || s) END`,
  `trino_host_bits(c) AS CASE WHEN contains(c, ':') THEN 128 ELSE 32 END - TRY_CAST(split_part(c, '/', 2) AS INTEGER)`,
  `trino_network(n, bits) AS CASE WHEN bits >= 128 THEN 0::UHUGEINT ELSE n // CAST(pow(2, bits) AS UHUGEINT) END`,
  `trino_ip_within(c, s) AS trino_network(trino_ip_number(split_part(c, '/', 1)), trino_host_bits(c)) = trino_network(trino_ip_number(s), trino_host_bits(c))`,
]
