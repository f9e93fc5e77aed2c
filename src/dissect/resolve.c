#include "dissect/resolve.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char hosts_path[] = "/etc/hosts", services_path[] = "/etc/services";

enum { ARENA_BYTES = 64 << 20, KEY = 17, PORTS = 1 << 16, LINE_ROOM = 1024, TCP = 6, UDP = 17 };

struct known_host {
    const char *name; /* NULL: the system knows none */
    bool fixed;       /* of a file or a block: answers do not change it */
};

void resolver_init(struct resolver *r, unsigned what, struct vendors *vendors)
{
    *r = (struct resolver){.what = what, .vendors = vendors};
    map_init(&r->hosts, KEY);
    arena_init(&r->arena, ARENA_BYTES);
}

void resolver_free(struct resolver *r)
{
    map_free(&r->hosts);
    free(r->known);
    arena_free(&r->arena);
}

/* ---- Hosts ----------------------------------------------------------------------------------- */

static void key_make(uint8_t key[KEY], uint8_t ip_version, const uint8_t *address)
{
    memset(key, 0, KEY);
    key[0] = ip_version;
    memcpy(key + 1, address, ip_version == 6 ? 16 : 4);
}

/* The entry for an address, made if there is none. NULL without memory. */
static struct known_host *host_entry(struct resolver *r, uint8_t ip_version, const uint8_t *address)
{
    uint8_t key[KEY];
    key_make(key, ip_version, address);
    uint32_t before = r->hosts.count, number = map_number(&r->hosts, key);
    if (number == MAP_NONE)
        return NULL;
    if (number >= r->capacity) {
        uint32_t capacity = r->capacity == 0 ? 64 : 2 * r->capacity;
        struct known_host *known = realloc(r->known, capacity * sizeof *known);
        if (known == NULL)
            return NULL;
        r->known = known;
        r->capacity = capacity;
    }
    if (r->hosts.count > before)
        r->known[number] = (struct known_host){NULL, false};
    return &r->known[number];
}

static void host_set(struct resolver *r, uint8_t ip_version, const uint8_t *address,
                     const char *name, bool fixed)
{
    struct known_host *host = *name == '\0' ? NULL : host_entry(r, ip_version, address);
    if (host == NULL || (host->fixed && !fixed))
        return;
    if (host->name != NULL && strcmp(host->name, name) == 0)
        return;
    const char *kept = arena_copy(&r->arena, name, strlen(name));
    if (kept != NULL)
        *host = (struct known_host){kept, fixed};
}

/* "192.0.2.1 name alias # comment": the first name counts (hosts(5)). */
static void host_line(struct resolver *r, char *line)
{
    uint8_t address[16];
    char *more, *text, *name;
    line[strcspn(line, "#\r\n")] = '\0';
    text = strtok_r(line, " \t", &more);
    name = text == NULL ? NULL : strtok_r(NULL, " \t", &more);
    if (name == NULL)
        return;
    if (inet_pton(AF_INET, text, address) == 1)
        host_set(r, 4, address, name, true);
    else if (inet_pton(AF_INET6, text, address) == 1)
        host_set(r, 6, address, name, true);
}

void resolver_add_hosts(struct resolver *r, const char *text, size_t n)
{
    char line[LINE_ROOM];
    for (size_t at = 0; at < n;) {
        const char *end = memchr(text + at, '\n', n - at);
        size_t length = end != NULL ? (size_t)(end - (text + at)) : n - at;
        if (length < sizeof line) {
            memcpy(line, text + at, length);
            line[length] = '\0';
            host_line(r, line);
        }
        at += length + 1;
    }
}

static void hosts_read(struct resolver *r)
{
    char line[LINE_ROOM];
    FILE *file = fopen(hosts_path, "re");
    r->hosts_read = true;
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        host_line(r, line);
    if (file != NULL)
        (void)fclose(file);
}

void resolver_learn(struct resolver *r, uint8_t ip_version, const uint8_t *address,
                    const char *name)
{
    if ((r->what & RESOLVE_ANSWERS) == 0)
        return;
    if (!r->hosts_read)
        hosts_read(r);
    host_set(r, ip_version, address, name, false);
}

/* Asked once for each address. */
static const char *host_ask(struct resolver *r, uint8_t ip_version, const uint8_t *address)
{
    char name[NI_MAXHOST];
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct known_host *host = host_entry(r, ip_version, address);
    if (host == NULL)
        return NULL;
    if (ip_version == 6)
        memcpy(&six.sin6_addr, address, 16);
    else
        memcpy(&four.sin_addr, address, 4);
    const struct sockaddr *any =
        ip_version == 6 ? (const struct sockaddr *)&six : (const struct sockaddr *)&four;
    socklen_t size = ip_version == 6 ? sizeof six : sizeof four;
    if (getnameinfo(any, size, name, sizeof name, NULL, 0, NI_NAMEREQD) == 0)
        host->name = arena_copy(&r->arena, name, strlen(name));
    return host->name;
}

const char *resolver_host(struct resolver *r, uint8_t ip_version, const uint8_t *address)
{
    uint8_t key[KEY];
    if ((r->what & RESOLVE_HOST) == 0)
        return NULL;
    if (!r->hosts_read)
        hosts_read(r);
    key_make(key, ip_version, address);
    uint32_t number = map_find(&r->hosts, key);
    if (number != MAP_NONE && number < r->capacity)
        return r->known[number].name;
    return r->what & RESOLVE_SYSTEM ? host_ask(r, ip_version, address) : NULL;
}

/* ---- Network cards --------------------------------------------------------------------------- */

/* Is this word of a maker's name, lower case, one that says only what kind of company it is? */
static bool says_nothing(const char *word)
{
    static const char *const words[] = {
        "a",         "ab",          "ag",   "as",      "bv",  "co",           "company", "corp",
        "corporate", "corporation", "gmbh", "holding", "inc", "incorporated", "jsc",     "kg",
        "kk",        "limited",     "llc",  "ltd",     "nv",  "of",           "oy",      "oyj",
        "plc",       "pty",         "pvt",  "sa",      "spa", "srl",          "systems", "the"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i], word) == 0)
            return true;
    }
    return false;
}

/* "Intel Corporate" is "Intel": the first eight letters and digits of the words that say something. */
static size_t short_name(const char *name, char out[9])
{
    size_t used = 0;
    while (*name != '\0' && used < 8) {
        char word[16], lower[16];
        size_t n = 0;
        for (; *name != '\0' && *name != ' ' && *name != ','; name++) {
            if (isalnum((unsigned char)*name) && n + 1 < sizeof word) {
                word[n] = *name;
                lower[n++] = (char)tolower((unsigned char)*name);
            }
        }
        word[n] = lower[n] = '\0';
        name += *name != '\0';
        if (n == 0 || says_nothing(lower))
            continue;
        for (size_t i = 0; i < n && used < 8; i++)
            out[used++] = word[i];
    }
    out[used] = '\0';
    return used;
}

/* Groups that everybody knows, by the first bytes of their address. */
static bool group_name(const uint8_t mac[6], char name[MAC_NAME_ROOM])
{
    static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};
    if (memcmp(mac, all, 6) == 0)
        (void)snprintf(name, MAC_NAME_ROOM, "Broadcast");
    else if (mac[0] == 0x01 && mac[1] == 0x00 && mac[2] == 0x5e && mac[3] < 0x80)
        (void)snprintf(name, MAC_NAME_ROOM, "IPv4mcast_%02x:%02x:%02x", mac[3], mac[4], mac[5]);
    else if (mac[0] == 0x33 && mac[1] == 0x33)
        (void)snprintf(name, MAC_NAME_ROOM, "IPv6mcast_%02x:%02x:%02x:%02x", mac[2], mac[3], mac[4],
                       mac[5]);
    else if (memcmp(mac, "\x01\x80\xc2\x00\x00", 5) == 0 && mac[5] < 16)
        (void)snprintf(name, MAC_NAME_ROOM, "Spanning-tree-(for-bridges)_%02x", mac[5]);
    else
        return false;
    return true;
}

bool resolver_mac(struct resolver *r, const uint8_t mac[6], char name[MAC_NAME_ROOM])
{
    char maker[9];
    if ((r->what & RESOLVE_MAC) == 0)
        return false;
    if (group_name(mac, name))
        return true;
    const char *vendor =
        vendor_name(r->vendors, (uint32_t)mac[0] << 16 | (uint32_t)mac[1] << 8 | mac[2]);
    if (vendor == NULL || short_name(vendor, maker) == 0)
        return false;
    (void)snprintf(name, MAC_NAME_ROOM, "%s_%02x:%02x:%02x", maker, mac[3], mac[4], mac[5]);
    return true;
}

/* ---- Services -------------------------------------------------------------------------------- */

/* "http  80/tcp  www  # comment" (services(5)). */
static void service_line(struct resolver *r, char *line)
{
    char *more, *end;
    line[strcspn(line, "#\r\n")] = '\0';
    const char *name = strtok_r(line, " \t", &more);
    const char *port = name == NULL ? NULL : strtok_r(NULL, " \t", &more);
    unsigned long number = port == NULL ? PORTS : strtoul(port, &end, 10);
    if (number >= PORTS || *end != '/')
        return;
    const char **names = strcmp(end, "/tcp") == 0   ? r->tcp
                         : strcmp(end, "/udp") == 0 ? r->udp
                                                    : NULL;
    if (names != NULL && names[number] == NULL)
        names[number] = arena_copy(&r->arena, name, strlen(name));
}

static void services_read(struct resolver *r)
{
    char line[LINE_ROOM];
    r->tcp = arena_zalloc(&r->arena, PORTS * sizeof *r->tcp);
    r->udp = arena_zalloc(&r->arena, PORTS * sizeof *r->udp);
    FILE *file = r->tcp == NULL || r->udp == NULL ? NULL : fopen(services_path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        service_line(r, line);
    if (file != NULL)
        (void)fclose(file);
}

const char *resolver_service(struct resolver *r, uint8_t protocol, uint16_t port)
{
    if ((r->what & RESOLVE_PORT) == 0 || (protocol != TCP && protocol != UDP))
        return NULL;
    if (r->tcp == NULL)
        services_read(r);
    const char **names = protocol == TCP ? r->tcp : r->udp;
    return names == NULL ? NULL : names[port];
}
