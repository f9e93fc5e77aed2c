#include "dissect/netbios.h"

#include <stdio.h>

static const struct value_name kinds[] = {
    VALUE(0x00, "Workstation/Redirector"), VALUE(0x01, "Browser"),
    VALUE(0x02, "Workstation/Redirector"), VALUE(0x03, "Messenger service/Main name"),
    VALUE(0x05, "Forwarded name"),         VALUE(0x06, "RAS Server service"),
    VALUE(0x1b, "Domain Master Browser"),  VALUE(0x1c, "Domain Controllers"),
    VALUE(0x1d, "Local Master Browser"),   VALUE(0x1e, "Browser Election Service"),
    VALUE(0x1f, "Net DDE Service"),        VALUE(0x20, "Server service"),
    VALUE(0x21, "RAS client service"),     VALUES_END};

const char *netbios_kind(uint8_t last)
{
    return value_name_find(kinds, last);
}

bool netbios_decode(const uint8_t encoded[NETBIOS_ENCODED], uint8_t name[NETBIOS_NAME])
{
    for (unsigned i = 0; i < NETBIOS_NAME; i++) {
        unsigned high = encoded[2 * i] - 'A', low = encoded[2 * i + 1] - 'A';
        if (high > 15 || low > 15)
            return false;
        name[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

const char *netbios_text(struct packet *p, const uint8_t name[NETBIOS_NAME])
{
    char text[4 * NETBIOS_NAME + 1], *at = text;
    unsigned n = NETBIOS_NAME - 1;
    while (n > 0 && name[n - 1] == ' ')
        n--;
    for (unsigned i = 0; i < n; i++) {
        if (name[i] >= 0x20 && name[i] < 0x7f)
            *at++ = (char)name[i];
        else
            at += sprintf(at, "<%02x>", name[i]);
    }
    (void)sprintf(at, "<%02x>", name[NETBIOS_NAME - 1]);
    return packet_text(p, "%s", text);
}

const char *netbios_read(struct packet *p, struct cursor *c, uint32_t base, uint8_t *last)
{
    uint8_t name[NETBIOS_NAME] = {0};
    uint8_t length = cursor_u8(c);
    bool pointer = length >= 0xc0;
    struct cursor at = *c;
    if (pointer) { /* one jump: nobody compresses a name twice */
        at.pos = base + ((length & 0x3fu) << 8 | cursor_u8(c));
        at.end = at.cap;
        if (at.pos >= at.cap || c->fault != CURSOR_OK)
            return "";
        length = cursor_u8(&at);
    }
    const uint8_t *encoded = cursor_take(&at, length);
    bool good = encoded != NULL && length == NETBIOS_ENCODED && netbios_decode(encoded, name);
    for (uint8_t n; at.fault == CURSOR_OK && (n = cursor_u8(&at)) != 0 && n < 0x40;)
        cursor_skip(&at, n); /* the scope, which nobody uses */
    if (!pointer)
        *c = at;
    if (last != NULL)
        *last = name[0] == '*' ? 0xff : name[NETBIOS_NAME - 1]; /* "*" is everybody: of no kind */
    return good ? netbios_text(p, name) : "Illegal NetBIOS name";
}
