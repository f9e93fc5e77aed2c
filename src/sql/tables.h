/* tables: the tables that there are, and how SQL calls them. */
#ifndef SQL_TABLES_H
#define SQL_TABLES_H

#include "sql/scan.h"

/* packets.c: a row for each packet. */
extern const struct table table_packets;
extern const struct table table_frames_raw;

/* Makes the functions known to the session's database. */
lamna_status tables_register(struct sql_session *s, lamna_error *err);
/* Defines, or defines anew, the views and macros over them, with the fields that queries have named so far. */
lamna_status tables_define(struct sql_session *s);

#endif
