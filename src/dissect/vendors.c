#include "dissect/vendors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines of "MA-L,002272,American Micro-Fuel Device Corp.,its address"; a name with a comma in it is
 * in quotation marks (RFC 4180). */
static const char list_path[] = "/usr/share/ieee-data/oui.csv";

enum { SLOTS = 1 << 17, MOST = SLOTS / 2, NAME_ROOM = 128, ARENA_BYTES = 16 << 20 };

struct vendor {
    uint32_t oui;
    const char *name; /* NULL: empty slot */
};

void vendors_init(struct vendors *v)
{
    *v = (struct vendors){.by_oui = NULL};
    (void)pthread_mutex_init(&v->lock, NULL);
    arena_init(&v->arena, ARENA_BYTES);
}

void vendors_free(struct vendors *v)
{
    arena_free(&v->arena);
    (void)pthread_mutex_destroy(&v->lock);
}

static struct vendor *slot_of(struct vendors *v, uint32_t oui)
{
    uint32_t i = oui * 2654435761u >> 8;
    while (v->by_oui[i & v->mask].name != NULL && v->by_oui[i & v->mask].oui != oui)
        i++;
    return &v->by_oui[i & v->mask];
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* Half of the list is in capitals throughout: such a name is given small letters but for the first
 * of each word. */
static void name_calm(char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        if (*c >= 'a' && *c <= 'z')
            return;
    }
    for (char *c = name; *c != '\0'; c++) {
        bool inside = c > name && is_letter(c[-1]);
        if (inside && *c >= 'A' && *c <= 'Z')
            *c = (char)(*c + 'a' - 'A');
    }
}

/* The third column, without needless blanks. */
static bool name_read(const char *at, char name[NAME_ROOM])
{
    bool quoted = *at == '"';
    size_t n = 0;
    for (at += quoted; *at != '\0' && *at != '\n' && n + 1 < NAME_ROOM; at++) {
        if (quoted && *at == '"' && *++at != '"')
            break;
        if (!quoted && *at == ',')
            break;
        bool blank = *at == ' ' || *at == '\t' || *at == '\r';
        if (blank && (n == 0 || name[n - 1] == ' '))
            continue;
        name[n++] = blank ? ' ' : *at;
    }
    while (n > 0 && name[n - 1] == ' ')
        n--;
    name[n] = '\0';
    name_calm(name);
    return n > 0;
}

/* Registered names that have changed in the registry since the list of Debian 12 was made, of vendors
 * with many blocks. */
static const struct {
    const char *before, *now;
} renamed[] = {
    {"Ubiquiti Networks Inc.", "Ubiquiti Inc"},
    {"LCFC(HeFei) Electronics Technology co., ltd", "LCFC(Hefei) Electronics Technology co., ltd"},
    {"Extreme Networks, Inc.", "Extreme Networks Headquarters"},
    {"Technicolor CH USA Inc.", "Vantiva USA LLC"},
    {"Aruba, a Hewlett Packard Enterprise Company", "Hewlett Packard Enterprise"},
    {"Cradlepoint, Inc", "CradlePoint, Inc"},
    {"Facebook Technologies, LLC", "Meta Platforms Technologies, LLC"}};

static const char *name_today(const char *name)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++) {
        if (strcmp(renamed[i].before, name) == 0)
            return renamed[i].now;
    }
    return name;
}

/* Of an OUI that stands twice in the list, the first line counts. */
static void line_read(struct vendors *v, const char *line, uint32_t *count)
{
    char name[NAME_ROOM], *end;
    const char *oui = strchr(line, ',');
    if (oui == NULL || *count == MOST)
        return;
    unsigned long number = strtoul(oui + 1, &end, 16);
    if (end != oui + 7 || *end != ',' || !name_read(end + 1, name))
        return;
    struct vendor *slot = slot_of(v, (uint32_t)number);
    if (slot->name != NULL)
        return;
    const char *today = name_today(name), *kept = arena_copy(&v->arena, today, strlen(today));
    if (kept == NULL)
        return;
    *slot = (struct vendor){(uint32_t)number, kept};
    ++*count;
}

/* Better known by another name than the registered one, and seen every day: the first three bytes
 * of VirtualBox's addresses, and those that DECnet gave itself. */
static const struct vendor known_as[] = {
    {0x080027, "PCS Computer Systems GmbH"},
    {0xaa0004, "DEC"},
    /* The address of all zeros (loopback), and the block that virtual machines of QEMU take theirs
     * from: names that Wireshark has from an older list. */
    {0x000000, "Officially Xerox, but 0:0:0:0:0:0 is more common"},
    {0x525400, "Realtek (UpTech? also reported)"}};

static void list_read(struct vendors *v)
{
    char line[1024];
    uint32_t count = 0;
    FILE *file = fopen(list_path, "re");
    if (file == NULL)
        return;
    v->by_oui = arena_zalloc(&v->arena, SLOTS * sizeof *v->by_oui);
    v->mask = SLOTS - 1;
    for (size_t i = 0; v->by_oui != NULL && i < sizeof known_as / sizeof *known_as; i++)
        *slot_of(v, known_as[i].oui) = known_as[i];
    while (v->by_oui != NULL && fgets(line, sizeof line, file) != NULL)
        line_read(v, line, &count);
    (void)fclose(file);
}

const char *vendor_name(struct vendors *v, uint32_t oui)
{
    if (!atomic_load_explicit(&v->asked, memory_order_acquire)) {
        (void)pthread_mutex_lock(&v->lock);
        if (!v->asked)
            list_read(v);
        atomic_store_explicit(&v->asked, true, memory_order_release);
        (void)pthread_mutex_unlock(&v->lock);
    }
    return v->by_oui == NULL ? NULL : slot_of(v, oui)->name;
}
