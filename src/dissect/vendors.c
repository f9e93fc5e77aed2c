#include "dissect/vendors.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Lines of "MA-L,002272,American Micro-Fuel Device Corp.,its address"; a name with a comma in it is
 * in quotation marks (RFC 4180). */
static const char list_path[] = "/usr/share/ieee-data/oui.csv";

enum { SLOTS = 1 << 16, MOST = SLOTS / 4 * 3, NAME_ROOM = 128, LIST_MOST = 64 << 20 };
enum { ARENA_BYTES = 16 << 20 };

/* `at` is where its line's name begins in the list, from 1; 0: empty slot. KNOWN and more: one of known_as. */
struct vendor {
    uint32_t oui, at;
};
#define KNOWN 0xffffff00u

void vendors_init(struct vendors *v)
{
    *v = (struct vendors){.by_oui = NULL};
    (void)pthread_mutex_init(&v->lock, NULL);
    arena_init(&v->arena, ARENA_BYTES);
}

void vendors_free(struct vendors *v)
{
    free(v->by_oui);
    free(v->names);
    if (v->list != NULL)
        (void)munmap((void *)(uintptr_t)v->list, v->mapped);
    arena_free(&v->arena);
    (void)pthread_mutex_destroy(&v->lock);
}

static uint32_t slot_of(const struct vendors *v, uint32_t oui)
{
    uint32_t i = oui * 2654435761u >> 8 & v->mask;
    while (v->by_oui[i].at != 0 && v->by_oui[i].oui != oui)
        i = (i + 1) & v->mask;
    return i;
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
    for (at += quoted; *at != '\n' && n + 1 < NAME_ROOM; at++) {
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

/* Better known by another name than the registered one, and seen every day: the first three bytes
 * of VirtualBox's addresses, and those that DECnet gave itself. */
static const struct {
    uint32_t oui;
    const char *name;
} known_as[] = {
    {0x080027, "PCS Computer Systems GmbH"},
    {0xaa0004, "DEC"},
    /* The address of all zeros (loopback), and the block that virtual machines of QEMU take theirs
     * from: names that Wireshark has from an older list. */
    {0x000000, "Officially Xerox, but 0:0:0:0:0:0 is more common"},
    {0x525400, "Realtek (UpTech? also reported)"}};

/* The six digits at a line's OUI; UINT32_MAX: they are none. */
static uint32_t oui_read(const char *digits)
{
    uint32_t oui = 0;
    for (unsigned i = 0; i < 6; i++) {
        char c = digits[i];
        uint32_t digit = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                         : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return UINT32_MAX;
        oui = oui << 4 | digit;
    }
    return oui;
}

/* Maps the list, up to the end of its last whole line. Empty where there is none. */
static void list_map(struct vendors *v)
{
    struct stat st;
    int fd = open(list_path, O_RDONLY | O_CLOEXEC);
    void *bytes = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size < LIST_MOST)
        bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        (void)close(fd);
    if (bytes == MAP_FAILED)
        return;
    v->list = bytes;
    v->mapped = v->size = (size_t)st.st_size;
    while (v->size > 0 && v->list[v->size - 1] != '\n')
        v->size--;
}

/* Finds the lines alone: names are read when they are asked for. Of an OUI that stands twice, the first line counts. */
static void list_read(struct vendors *v)
{
    enum { KIND = 5, OUI = 6 }; /* "MA-L,002272," */
    uint32_t count = 0;
    list_map(v);
    if (v->list == NULL)
        return;
    const char *line = v->list, *end = line + v->size;
    v->names = calloc(SLOTS, sizeof *v->names);
    struct vendor *slots = calloc(SLOTS, sizeof *slots);
    if (v->names == NULL || slots == NULL) {
        free(slots);
        return;
    }
    v->by_oui = slots;
    v->mask = SLOTS - 1;
    for (uint32_t i = 0; i < sizeof known_as / sizeof *known_as; i++)
        slots[slot_of(v, known_as[i].oui)] = (struct vendor){known_as[i].oui, KNOWN + i};
    while (count < MOST && end - line > KIND + OUI + 1) {
        const char *next = memchr(line, '\n', (size_t)(end - line)), *name = line + KIND + OUI + 1;
        uint32_t oui =
            line[KIND - 1] == ',' && name[-1] == ',' ? oui_read(line + KIND) : UINT32_MAX;
        if (oui != UINT32_MAX && slots[slot_of(v, oui)].at == 0) {
            slots[slot_of(v, oui)] = (struct vendor){oui, (uint32_t)(name - v->list) + 1};
            count++;
        }
        line = next + 1;
    }
}

/* The name in the list at `at`; NULL: there is none. */
static const char *name_make(struct vendors *v, uint32_t at)
{
    char name[NAME_ROOM];
    if (at >= KNOWN)
        return known_as[at - KNOWN].name;
    if (!name_read(v->list + at - 1, name))
        return NULL;
    const char *today = name_today(name);
    return arena_copy(&v->arena, today, strlen(today));
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
    uint32_t slot = v->by_oui == NULL ? 0 : slot_of(v, oui);
    if (v->by_oui == NULL || v->by_oui[slot].at == 0)
        return NULL;
    const char *name = atomic_load_explicit(&v->names[slot], memory_order_acquire);
    if (name != NULL)
        return name;
    (void)pthread_mutex_lock(&v->lock);
    name = atomic_load_explicit(&v->names[slot], memory_order_relaxed);
    if (name == NULL)
        name = name_make(v, v->by_oui[slot].at);
    atomic_store_explicit(&v->names[slot], name, memory_order_release);
    (void)pthread_mutex_unlock(&v->lock);
    return name;
}
