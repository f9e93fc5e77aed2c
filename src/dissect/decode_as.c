/* decode_as: what a person knows better than the ports do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "dissect/registry.h"

/* A rule in parts, "tcp.port==8000-8010,http"; text is borrowed. */
struct rule {
    const char *table, *protocol;
    size_t table_length;
    uint64_t first, last;
};

enum { MOST_KEYS = 1 << 16, NAME_ROOM = 64, HINT_ROOM = 200 };

/* "80", "0x50": a number that ends at one of `stops`. */
static bool read_number(const char **at, const char *stops, uint64_t *v)
{
    char *end;
    if (**at < '0' || **at > '9')
        return false;
    errno = 0;
    *v = strtoull(*at, &end, 0);
    *at = end;
    return errno == 0 && *end != '\0' && strchr(stops, *end) != NULL;
}

/* "80", "80-90" or "80:11": from 80, eleven of them. */
static bool read_keys(const char **at, struct rule *r)
{
    uint64_t more = 0;
    if (!read_number(at, "-:,", &r->first))
        return false;
    char how = **at;
    r->last = r->first;
    if (how == ',')
        return true;
    ++*at;
    if (!read_number(at, ",", &more) || (how == ':' && more == 0))
        return false;
    r->last = how == ':' ? r->first + more - 1 : more;
    return r->last >= r->first && r->last - r->first < MOST_KEYS;
}

static lamna_status rule_read(const char *text, struct rule *r, lamna_error *err)
{
    const char *equals = strchr(text, '='), *at = equals == NULL ? NULL : equals + 1;
    if (at != NULL && *at == '=')
        at++;
    const char *keys = at;
    const char *comma = at == NULL ? NULL : strchr(at, ',');
    if (comma == NULL || equals == text || comma[1] == '\0') {
        (void)error_set(err, LAMNA_ERR_ARGUMENT,
                        "\"%s\" does not say what is to be decoded as what", text);
        return error_hint(err, "it should look like tcp.port==8888,http");
    }
    *r = (struct rule){
        .table = text, .table_length = (size_t)(equals - text), .protocol = comma + 1};
    if (read_keys(&at, r))
        return LAMNA_OK;
    (void)error_set(err, LAMNA_ERR_ARGUMENT, "\"%.*s\" is neither a number nor a range",
                    (int)(comma - keys), keys);
    return error_hint(err, "a range is written 8000-8010, or 8000:11, of at most %d numbers",
                      MOST_KEYS);
}

static uint32_t table_of_rule(const lamna_registry *reg, const struct rule *r)
{
    char name[NAME_ROOM];
    if (r->table_length >= sizeof name)
        return UINT32_MAX;
    memcpy(name, r->table, r->table_length);
    name[r->table_length] = '\0';
    return registry_table(reg, name);
}

/* Whoever is found in the table under some key, or by a look at the bytes, can be found under another;
 * so can plain data, and what is found elsewhere only because it was announced (RTP). */
static bool fits(const lamna_registry *reg, const struct table *t, uint16_t proto)
{
    const struct table *expected =
        reg->expected_table != UINT32_MAX ? &reg->tables[reg->expected_table] : NULL;
    bool port = strcmp(t->name, "tcp.port") == 0 || strcmp(t->name, "udp.port") == 0;
    return table_has(t, proto) || (port && expected != NULL && table_has(expected, proto)) ||
           (reg->data_table != UINT32_MAX && table_has(&reg->tables[reg->data_table], proto));
}

/* The names of those that would have been right, as many as there is room for. */
static void list_fitting(const lamna_registry *reg, const struct table *t, char *text, size_t room)
{
    size_t used = 0;
    text[0] = '\0';
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        const char *name = reg->protos[i].def->name;
        size_t n = strlen(name);
        if (!table_has(t, i))
            continue;
        if (used + n + 8 > room) {
            memcpy(text + used, ", ...", 6);
            return;
        }
        if (used > 0) {
            memcpy(text + used, ", ", 2);
            used += 2;
        }
        memcpy(text + used, name, n + 1);
        used += n;
    }
}

/* Of protocols that share a name ("enip" over TCP, and its I/O), the one that fits. */
static uint16_t protocol_of_rule(const lamna_registry *reg, const struct table *t, const char *name,
                                 bool *exists)
{
    for (uint16_t i = 1; i < reg->proto_count; i++) {
        if (strcmp(reg->protos[i].def->name, name) != 0)
            continue;
        *exists = true;
        if (fits(reg, t, i))
            return i;
    }
    return 0;
}

lamna_status lamna_registry_decode_as(lamna_registry *reg, const char *text, lamna_error *err)
{
    struct rule r = {0};
    lamna_status status = rule_read(text, &r, err);
    if (status != LAMNA_OK)
        return status;
    uint32_t number = table_of_rule(reg, &r);
    if (number == UINT32_MAX) {
        (void)error_set(err, LAMNA_ERR_ARGUMENT, "there is nothing named \"%.*s\" to decode by",
                        (int)r.table_length, r.table);
        return error_hint(err, "most used are tcp.port, udp.port, ethertype and ip.proto");
    }
    struct table *t = &reg->tables[number];
    bool exists = false;
    uint16_t proto = protocol_of_rule(reg, t, r.protocol, &exists);
    if (proto == 0) {
        char names[HINT_ROOM];
        list_fitting(reg, t, names, sizeof names);
        (void)error_set(err, LAMNA_ERR_ARGUMENT,
                        exists ? "%s cannot be decoded by %s" : "there is no protocol named \"%s\"",
                        r.protocol, t->name);
        return error_hint(err, "%s has: %s", t->name, names);
    }
    reg->decodes_as = true;
    return registry_choose(reg, number, r.first, r.last, proto) ? LAMNA_OK : error_memory(err);
}
