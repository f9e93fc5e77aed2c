#include "capture/devices.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/error.h"

/* ---- Listing
 * -------------------------------------------------------------------------------------- */

static void device_address(struct buf *b, const struct sockaddr *address)
{
    if (address == NULL || (address->sa_family != AF_INET && address->sa_family != AF_INET6))
        return;
    socklen_t n =
        address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    char text[NI_MAXHOST];
    if (getnameinfo(address, n, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
        return;
    text[strcspn(text, "%")] = '\0'; /* the zone of a link-local address is this very interface */
    if (b->length > 0)
        buf_str(b, ", ");
    buf_str(b, text);
}

static bool device_fill(lamna_device *device, const pcap_if_t *from)
{
    struct buf addresses = {0};
    for (const pcap_addr_t *a = from->addresses; a != NULL; a = a->next)
        device_address(&addresses, a->addr);
    buf_char(&addresses, '\0');
    *device = (lamna_device){.name = strdup(from->name),
                             .addresses = addresses.data, /* taken over */
                             .up = (from->flags & PCAP_IF_UP) != 0,
                             .running = (from->flags & PCAP_IF_RUNNING) != 0,
                             .loopback = (from->flags & PCAP_IF_LOOPBACK) != 0,
                             .wireless = (from->flags & PCAP_IF_WIRELESS) != 0};
    if (from->description != NULL)
        device->description = strdup(from->description);
    return device->name != NULL && !addresses.failed &&
           (from->description == NULL || device->description != NULL);
}

static lamna_device *devices_copy(const pcap_if_t *list, size_t *count)
{
    size_t n = 0;
    for (const pcap_if_t *at = list; at != NULL; at = at->next)
        n++;
    lamna_device *devices = calloc(n + 1, sizeof *devices); /* no devices are no error */
    *count = 0;
    for (const pcap_if_t *at = list; devices != NULL && at != NULL; at = at->next) {
        if (!device_fill(&devices[(*count)++], at)) {
            lamna_devices_free(devices, *count);
            devices = NULL;
        }
    }
    return devices;
}

lamna_device *lamna_devices(size_t *count, lamna_error *err)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *list = NULL;
    *count = 0;
    if (pcap_findalldevs(&list, text) != 0) {
        (void)error_set(err, LAMNA_ERR_IO, "the interfaces cannot be listed: %s", text);
        return NULL;
    }
    lamna_device *devices = devices_copy(list, count);
    pcap_freealldevs(list);
    if (devices == NULL) {
        *count = 0;
        (void)error_memory(err);
    }
    return devices;
}

void lamna_devices_free(lamna_device *devices, size_t count)
{
    if (devices == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        /* They are ours, const only for who reads them. */
        free((void *)(uintptr_t)devices[i].name);
        free((void *)(uintptr_t)devices[i].description);
        free((void *)(uintptr_t)devices[i].addresses);
    }
    free(devices);
}

/* ---- Suggesting
 * ------------------------------------------------------------------------------------ */

/* Levenshtein distance, by rows; names of interfaces are short (IFNAMSIZ is 16). */
static size_t edit_distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    size_t row[LONGEST + 1], n = strlen(b);
    if (n > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t replace = diagonal + (a[i] != b[j]);
            size_t insert = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;
            diagonal = row[j + 1];
            row[j + 1] = replace < insert ? replace : insert;
        }
    }
    return row[n];
}

bool devices_close_name(const char *name, char *out, size_t size)
{
    enum { CLOSE = 2 };
    char text[PCAP_ERRBUF_SIZE];
    pcap_if_t *list = NULL;
    if (pcap_findalldevs(&list, text) != 0)
        return false;
    size_t best = CLOSE + 1;
    for (const pcap_if_t *at = list; at != NULL; at = at->next) {
        size_t distance = edit_distance(name, at->name);
        /* Of two letters, two wrong ones are all of them. */
        if (distance < best && distance < strlen(name)) {
            best = distance;
            (void)snprintf(out, size, "%s", at->name);
        }
    }
    pcap_freealldevs(list);
    return best <= CLOSE;
}
