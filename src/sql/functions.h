/*
 * functions: what SQL lacks for addresses as text. DuckDB has a type for them, but in an extension that it would have to
 * fetch.
 *
 *     in_network(address, '10.0.0.0/8')    is it in that network? NULL where one of both is no such thing
 *     address_key(address)                 bytes whose order is that of the addresses: IPv4 first, then IPv6
 */
#ifndef SQL_FUNCTIONS_H
#define SQL_FUNCTIONS_H

#include "sql/session.h"

lamna_status functions_register(struct sql_session *s, lamna_error *err);

#endif
