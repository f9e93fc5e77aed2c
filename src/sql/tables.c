#include "sql/tables.h"

#include <string.h>

#include "sql/error.h"
#include "sql/functions.h"

static const struct table *const tables[] = {
    &table_packets,          &table_frames_raw, &table_tcp,      &table_http,
    &table_http_connections, &table_dns,        &table_findings, NULL};

/*
 * What the user sees. FIELDS stands for the fields that queries have named so far: what is defined over packets
 * must be defined anew when there are more, the rest once.
 */
static const char *const with_fields[] = {
    "CREATE OR REPLACE VIEW packets AS FROM lamna_packets([]::VARCHAR[], fields := FIELDS)",
    "CREATE OR REPLACE MACRO capture(file, filter := '') AS TABLE "
    "FROM lamna_packets([file], filter := filter, fields := FIELDS)",
    NULL};

/* Both directions of a flow, and then the flow: who sent its first packet is the client. SOURCE stands for the packets,
 * which an export may have in a file already. */
static const char flows[] =
    "CREATE OR REPLACE VIEW flows AS WITH directions AS ("
    "  SELECT file, transport, stream, source, source_port, destination, destination_port, "
    "min(number) AS first,"
    "    min(time) AS start, max(time) AS until, count(*) AS packets, sum(length) AS bytes, "
    "sum(payload) AS payload"
    "  FROM SOURCE WHERE stream IS NOT NULL GROUP BY ALL) "
    "SELECT file, transport, stream, arg_min(source, first) AS client, arg_min(source_port, first) "
    "AS client_port,"
    "  arg_min(destination, first) AS server, arg_min(destination_port, first) AS server_port,"
    "  min(first) AS first_packet, min(start) AS start,"
    "  (epoch_ns(max(until)) - epoch_ns(min(start))) / 1e9 AS duration,"
    "  sum(packets)::UBIGINT AS packets, sum(bytes)::UBIGINT AS bytes,"
    "  arg_min(packets, first)::UBIGINT AS client_packets, arg_min(bytes, first)::UBIGINT AS "
    "client_bytes,"
    "  arg_min(payload, first)::UBIGINT AS client_payload,"
    "  (sum(packets) - arg_min(packets, first))::UBIGINT AS server_packets,"
    "  (sum(bytes) - arg_min(bytes, first))::UBIGINT AS server_bytes,"
    "  (sum(payload) - arg_min(payload, first))::UBIGINT AS server_payload "
    "FROM directions GROUP BY file, transport, stream";

static const char *const without_fields[] = {
    "CREATE VIEW frames_raw AS FROM lamna_frames_raw([]::VARCHAR[])",
    "CREATE VIEW tcp AS FROM lamna_tcp([]::VARCHAR[])",
    "CREATE VIEW http AS FROM lamna_http([]::VARCHAR[])",
    "CREATE VIEW http_connections AS FROM lamna_http_connections([]::VARCHAR[])",
    "CREATE VIEW dns AS FROM lamna_dns([]::VARCHAR[])",
    "CREATE VIEW findings AS FROM lamna_findings([]::VARCHAR[])",
    /* a row for each ClientHello, with what the server said to it */
    "CREATE VIEW tls AS WITH hellos AS ("
    "  SELECT file, transport, stream, number, time, source, source_port, destination, "
    "destination_port,"
    "    \"tls.handshake.type\" AS types, \"tls.handshake.extensions_server_name\" AS server_name,"
    "    \"tls.handshake.extensions_alpn_str\" AS alpn, \"tls.handshake.version\" AS version,"
    "    \"tls.handshake.extensions.supported_version\" AS versions, \"tls.handshake.ciphersuite\" "
    "AS ciphers,"
    "    \"tls.handshake.ja3\" AS ja3, \"tls.handshake.ja3s\" AS ja3s, \"tls.handshake.ja4\" AS ja4"
    "  FROM lamna_packets([]::VARCHAR[], fields := ['tls.handshake.type', 'tls.handshake.version',"
    "    'tls.handshake.extensions_server_name', 'tls.handshake.extensions_alpn_str', "
    "'tls.handshake.ja3',"
    "    'tls.handshake.extensions.supported_version', 'tls.handshake.ciphersuite', "
    "'tls.handshake.ja3s',"
    "    'tls.handshake.ja4'])"
    "  WHERE list_contains(\"tls.handshake.type\", 1) OR list_contains(\"tls.handshake.type\", "
    "2)), "
    "server AS (SELECT * FROM hellos WHERE list_contains(types, 2)) "
    "SELECT c.file, c.transport, c.stream, c.source AS client, c.source_port AS client_port,"
    "  c.destination AS server, c.destination_port AS server_port, c.time AS start,"
    "  c.number AS client_hello, s.number AS server_hello, (epoch_ns(s.time) - epoch_ns(c.time)) / "
    "1e9 AS answered_after,"
    "  c.server_name, c.alpn AS alpn_offered, s.alpn[1] AS alpn,"
    "  CASE coalesce(s.versions[1], s.version)"
    "    WHEN 768 THEN 'SSL 3.0' WHEN 769 THEN 'TLS 1.0' WHEN 770 THEN 'TLS 1.1' WHEN 771 THEN "
    "'TLS 1.2'"
    "    WHEN 772 THEN 'TLS 1.3' ELSE printf('0x%04x', coalesce(s.versions[1], s.version)) END AS "
    "version,"
    "  s.ciphers[1] AS cipher, c.ja3, s.ja3s, c.ja4 "
    "FROM hellos c ASOF LEFT JOIN server s ON c.file = s.file AND c.transport = s.transport AND "
    "c.stream = s.stream"
    "  AND c.number <= s.number "
    "WHERE list_contains(c.types, 1)",
    NULL};

static void add(lamna_text *text, const char *more)
{
    lamna_text_add(text, more, strlen(more));
}

/* 'A text, in which '' is one quote' */
static void add_quoted(lamna_text *text, const char *value)
{
    add(text, "'");
    for (; *value != '\0'; value++)
        lamna_text_add(text, *value == '\'' ? "''" : value, *value == '\'' ? 2 : 1);
    add(text, "'");
}

static void add_fields(lamna_text *text, const struct words *words)
{
    add(text, "[");
    for (size_t i = 0; i < words->count; i++) {
        add(text, i > 0 ? ", " : "");
        add_quoted(text, words->fields[i]);
    }
    add(text, "]::VARCHAR[]");
}

/* Runs a definition with `value` in the place of `mark`. */
static lamna_status define_with(struct sql_session *s, const char *definition, const char *mark,
                                const char *value, lamna_error *err)
{
    size_t length;
    lamna_text *text = lamna_text_new();
    const char *at = strstr(definition, mark);
    if (text == NULL)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    lamna_text_add(text, definition, (size_t)(at - definition));
    add(text, value);
    add(text, at + strlen(mark));
    const char *whole = lamna_text_data(text, &length);
    lamna_status status = whole != NULL ? session_define(s, whole, err)
                                        : sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    lamna_text_free(text);
    return status;
}

lamna_status tables_define(struct sql_session *s, lamna_error *err)
{
    if (s->defined && s->words.count == s->fields_defined)
        return LAMNA_OK;
    lamna_text *fields = lamna_text_new();
    if (fields == NULL)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    add_fields(fields, &s->words);
    size_t length;
    const char *list = lamna_text_data(fields, &length);
    lamna_status status =
        list != NULL ? LAMNA_OK : sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    for (size_t i = 0; with_fields[i] != NULL && status == LAMNA_OK; i++)
        status = define_with(s, with_fields[i], "FIELDS", list, err);
    lamna_text_free(fields);
    s->defined = status == LAMNA_OK;
    s->fields_defined = s->words.count;
    return status;
}

lamna_status tables_flows_from(struct sql_session *s, const char *parquet, lamna_error *err)
{
    size_t length;
    lamna_text *text = lamna_text_new();
    if (text == NULL)
        return sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    add(text, parquet != NULL ? "read_parquet(" : "lamna_packets([]::VARCHAR[]");
    if (parquet != NULL)
        add_quoted(text, parquet);
    add(text, ")");
    const char *source = lamna_text_data(text, &length);
    lamna_status status = source != NULL ? define_with(s, flows, "SOURCE", source, err)
                                         : sql_error(err, LAMNA_ERR_MEMORY, "out of memory");
    lamna_text_free(text);
    return status;
}

lamna_status tables_register(struct sql_session *s, lamna_error *err)
{
    lamna_status status = LAMNA_OK;
    for (size_t i = 0; tables[i] != NULL && status == LAMNA_OK; i++)
        status = scan_register(s, tables[i], err);
    if (status == LAMNA_OK)
        status = functions_register(s, err);
    for (size_t i = 0; without_fields[i] != NULL && status == LAMNA_OK; i++)
        status = session_define(s, without_fields[i], err);
    if (status == LAMNA_OK)
        status = tables_flows_from(s, NULL, err);
    return status == LAMNA_OK ? tables_define(s, err) : status;
}
