#include "sql/functions.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "sql/error.h"

enum { ADDRESS_TEXT = 64 };

/* As in scan.c: callbacks get handles that only the library's functions can open. */
static const struct duck *library;

struct address {
    uint8_t bytes[16];
    unsigned length; /* 4 or 16 */
};

/* ---- Addresses ---------------------------------------------------------------------------------- */

static bool read_address(const char *text, struct address *a)
{
    *a = (struct address){.length = 4};
    if (inet_pton(AF_INET, text, a->bytes) == 1)
        return true;
    a->length = 16;
    return inet_pton(AF_INET6, text, a->bytes) == 1;
}

/* "10.0.0.0/8", or an address, which is a network of one. */
static bool read_network(char *text, struct address *a, unsigned *bits)
{
    char *slash = strchr(text, '/'), *end = NULL;
    if (slash != NULL)
        *slash = '\0';
    if (!read_address(text, a))
        return false;
    *bits = 8 * a->length;
    if (slash == NULL)
        return true;
    unsigned long given = strtoul(slash + 1, &end, 10);
    bool plain = slash[1] >= '0' && slash[1] <= '9' && *end == '\0' && given <= *bits;
    *bits = plain ? (unsigned)given : 0;
    return plain;
}

static bool is_within(const struct address *a, const struct address *network, unsigned bits)
{
    if (a->length != network->length || memcmp(a->bytes, network->bytes, bits / 8) != 0)
        return false;
    unsigned rest = bits % 8;
    return rest == 0 || (a->bytes[bits / 8] ^ network->bytes[bits / 8]) >> (8 - rest) == 0;
}

/* ---- Vectors ------------------------------------------------------------------------------------ */

/* The text of a row; false if it is NULL, or longer than any address. */
static bool text_at(duck_vector vector, uint64_t row, char text[ADDRESS_TEXT])
{
    const uint64_t *valid = library->vector_get_validity(vector);
    if (valid != NULL && (valid[row / 64] >> row % 64 & 1) == 0)
        return false;
    const duck_string *s = (const duck_string *)library->vector_get_data(vector) + row;
    uint32_t length = s->inside.length;
    if (length >= ADDRESS_TEXT)
        return false;
    memcpy(text, length <= DUCK_STRING_INSIDE ? s->inside.bytes : s->outside.bytes, length);
    text[length] = '\0';
    return true;
}

static void set_null(duck_vector vector, uint64_t row)
{
    library->vector_ensure_validity_writable(vector);
    library->vector_get_validity(vector)[row / 64] &= ~(UINT64_C(1) << row % 64);
}

static void in_network(duck_function info, duck_chunk input, duck_vector output)
{
    (void)info;
    duck_vector addresses = library->data_chunk_get_vector(input, 0),
                networks = library->data_chunk_get_vector(input, 1);
    bool *result = library->vector_get_data(output);
    char text[ADDRESS_TEXT], last[ADDRESS_TEXT] = "";
    struct address a, network = {{0}, 0};
    unsigned bits = 0;
    bool known = false;
    for (uint64_t row = 0; row < library->data_chunk_get_size(input); row++) {
        bool given = text_at(networks, row, text);
        if (given && strcmp(text, last) != 0) {
            memcpy(last, text, sizeof last);
            known = read_network(text, &network, &bits);
        }
        given = given && known && text_at(addresses, row, text) && read_address(text, &a);
        result[row] = given && is_within(&a, &network, bits);
        if (!given)
            set_null(output, row);
    }
}

static void address_key(duck_function info, duck_chunk input, duck_vector output)
{
    (void)info;
    duck_vector addresses = library->data_chunk_get_vector(input, 0);
    char text[ADDRESS_TEXT];
    struct address a;
    for (uint64_t row = 0; row < library->data_chunk_get_size(input); row++) {
        if (!text_at(addresses, row, text) || !read_address(text, &a)) {
            set_null(output, row);
            continue;
        }
        char key[1 + sizeof a.bytes] = {(char)a.length};
        memcpy(key + 1, a.bytes, a.length);
        library->vector_assign_string_element_len(output, row, key, 1 + a.length);
    }
}

/* ---- Making them known -------------------------------------------------------------------------- */

static lamna_status add(struct sql_session *s, const char *name, unsigned texts,
                        enum duck_kind returns,
                        void (*body)(duck_function info, duck_chunk input, duck_vector output),
                        lamna_error *err)
{
    const struct duck *d = &s->duck;
    duck_type text = d->create_logical_type(DUCK_VARCHAR), result = d->create_logical_type(returns);
    duck_scalar_function function = d->create_scalar_function();
    d->scalar_function_set_name(function, name);
    while (texts-- > 0)
        d->scalar_function_add_parameter(function, text);
    d->scalar_function_set_return_type(function, result);
    d->scalar_function_set_function(function, body);
    int status = d->register_scalar_function(s->connection, function);
    d->destroy_scalar_function(&function);
    d->destroy_logical_type(&text);
    d->destroy_logical_type(&result);
    return status == DUCK_OK
               ? LAMNA_OK
               : sql_error(err, LAMNA_ERR_UNSUPPORTED, "DuckDB does not take %s()", name);
}

lamna_status functions_register(struct sql_session *s, lamna_error *err)
{
    library = &s->duck;
    lamna_status status = add(s, "in_network", 2, DUCK_BOOLEAN, in_network, err);
    return status == LAMNA_OK ? add(s, "address_key", 1, DUCK_BLOB, address_key, err) : status;
}
