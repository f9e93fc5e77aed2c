#include "flow/expectations.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_AT_FIRST = 64, SLOTS_MAX = 1 << 16 };

struct expected_slot {
    uint8_t used, protocol;
    uint16_t port, proto;
    uint8_t address[16];
    uint64_t packet;
    const char *method;
    char *text; /* owned */
};

void expectations_free(struct expectations *x)
{
    for (uint32_t i = 0; x->slots != NULL && i <= x->mask; i++)
        free(x->slots[i].text);
    free(x->slots);
    *x = (struct expectations){0};
}

static void address_of(const struct expectation *e, uint8_t address[16])
{
    memset(address, 0, 16);
    memcpy(address, e->address, e->ip_version == 4 ? 4 : 16);
}

/* The slot of the key, or the empty one where it belongs. */
static struct expected_slot *slot_of(const struct expectations *x, uint8_t protocol, uint16_t port,
                                     const uint8_t address[16])
{
    uint64_t h = (uint64_t)port << 8 | protocol;
    for (unsigned i = 0; i < 16; i++)
        h = (h ^ address[i]) * 0x9e3779b97f4a7c15u;
    for (uint64_t i = h ^ h >> 29;; i++) {
        struct expected_slot *s = &x->slots[i & x->mask];
        if (!s->used ||
            (s->port == port && s->protocol == protocol && memcmp(s->address, address, 16) == 0))
            return s;
    }
}

static bool grow(struct expectations *x)
{
    uint32_t size = x->slots == NULL ? SLOTS_AT_FIRST : 2 * (x->mask + 1);
    if (size > SLOTS_MAX)
        return false;
    struct expectations more = {calloc(size, sizeof *more.slots), size - 1, x->count, x->forgot};
    if (more.slots == NULL)
        return false;
    for (uint32_t i = 0; x->slots != NULL && i <= x->mask; i++) {
        const struct expected_slot *s = &x->slots[i];
        if (s->used)
            *slot_of(&more, s->protocol, s->port, s->address) = *s;
    }
    free(x->slots);
    *x = more;
    return true;
}

void expectations_add(struct expectations *x, const struct expectation *e)
{
    uint8_t address[16];
    if ((x->slots == NULL || 2 * (x->count + 1) > x->mask) && !grow(x)) {
        x->forgot = true;
        return;
    }
    address_of(e, address);
    struct expected_slot *s = slot_of(x, e->protocol, e->port, address);
    if (s->used && s->proto == e->proto && s->method == e->method && e->keep)
        return;
    x->count += !s->used;
    free(s->text);
    *s = (struct expected_slot){.used = 1,
                                .protocol = e->protocol,
                                .port = e->port,
                                .proto = e->proto,
                                .packet = e->packet,
                                .method = e->method,
                                .text = e->text == NULL ? NULL : strdup(e->text)};
    memcpy(s->address, address, 16);
}

bool expectations_find(const struct expectations *x, struct expectation *e)
{
    uint8_t address[16];
    if (x->count == 0)
        return false;
    address_of(e, address);
    const struct expected_slot *s = slot_of(x, e->protocol, e->port, address);
    e->proto = s->proto;
    e->packet = s->packet;
    e->method = s->method;
    e->text = s->text;
    return s->used != 0;
}
