/* tables: the tables that there are, and how SQL calls them. */
#ifndef SQL_TABLES_H
#define SQL_TABLES_H

#include "sql/scan.h"

/* packets.c: a row for each packet. */
extern const struct table table_packets;
extern const struct table table_frames_raw;
/* reports.c: what lamna's reports say of each capture. */
extern const struct table table_tcp, table_http, table_http_connections, table_dns, table_findings;

/* Makes the functions, and the views over them, known to the session's database. */
lamna_status tables_register(struct sql_session *s, lamna_error *err);
/* Defines anew the views and macros that have fields, if queries have named more of them. */
lamna_status tables_define(struct sql_session *s, lamna_error *err);

/* `flows` are reckoned from that file of packets from now on; NULL: from the session's captures. */
lamna_status tables_flows_from(struct sql_session *s, const char *parquet, lamna_error *err);

#endif
