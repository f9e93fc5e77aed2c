/*
 * live: packets from an interface, through libpcap.
 *
 * Measured on Linux 6 and libpcap 1.10, a million packets over loopback:
 *
 *     immediate mode (TPACKET_V2)      3760 lost, 480,000 wake-ups, 0.13 ms until one is seen
 *      1 ms block timeout (TPACKET_V3)    0 lost,   7,000 wake-ups, 0.9 ms
 *     10 ms                               0 lost,   3,000 wake-ups, 4.5 ms
 *
 * V2 gives each packet a slot as large as the largest one; V3 packs them into blocks, and hands a
 * block out when it is full or that old. The ring has 256 blocks: at 1 ms each, a program that a busy
 * machine keeps waiting for a quarter of a second loses packets, however empty the blocks are; at
 * 10 ms it may wait ten times as long. No person notices the difference.
 *
 * On loopback, and on "any", the kernel shows each local packet twice, going out and coming in.
 * libpcap drops the outgoing copy of both by the interface's index, so each is given once;
 * tests/live says so if that should ever change. pcap_next_ex() copies a packet out of the ring,
 * which it must, for the ring's block is given back to the kernel with its last packet; so that
 * copy is the only one.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/error.h"
#include "capture/devices.h"
#include "capture/source.h"

enum {
    LIVE_BUFFER_MIB = 64,
    LIVE_TIMEOUT_MS = 10,
    LIVE_SNAPLEN = 262144, /* libpcap's maximum */
    LIVE_RETRY_MS = 10     /* for the few devices that cannot be polled */
};

struct live {
    pcap_t *pcap;
    int fd;               /* to poll; -1: cannot be */
    uint32_t fraction_ns; /* nanoseconds in one unit of ts.tv_usec */
    uint16_t link_type;
};

/* ---- Reading --------------------------------------------------------------------------------- */

static void live_packet(const struct live *live, const struct pcap_pkthdr *h, const uint8_t *data,
                        lamna_packet_info *packet)
{
    *packet = (lamna_packet_info){
        .time_ns = (int64_t)h->ts.tv_sec * 1000000000 + (int64_t)h->ts.tv_usec * live->fraction_ns,
        .captured = h->caplen,
        .length = h->len,
        .link_type = live->link_type,
        .flags = LAMNA_PACKET_HAS_TIME,
        .data = data,
    };
}

static lamna_status live_next(lamna_source *src, lamna_packet_info *packet)
{
    const struct live *live = src->state;
    for (;;) {
        struct pcap_pkthdr *h;
        const u_char *data;
        int result = pcap_next_ex(live->pcap, &h, &data);
        if (result == 1) {
            live_packet(live, h, data, packet);
            return LAMNA_OK;
        }
        if (result != 0)
            return error_set(&src->error, LAMNA_ERR_IO, "capturing on %s failed: %s", src->path,
                             pcap_geterr(live->pcap));
        int timeout_ms = live->fd >= 0 ? -1 : LIVE_RETRY_MS;
        lamna_status status = stop_wait(&src->stop, live->fd, timeout_ms, &src->error);
        if (status != LAMNA_OK && status != LAMNA_END)
            return status;
    }
}

static bool live_ready(const lamna_source *src)
{
    const struct live *live = src->state;
    struct pollfd p = {.fd = live->fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

static int live_descriptor(const lamna_source *src)
{
    const struct live *live = src->state;
    return live->fd;
}

/* On loopback the kernel counts a lost packet for each of its two copies: an upper bound there. */
static void live_drops(lamna_source *src)
{
    const struct live *live = src->state;
    struct pcap_stat stat;
    if (pcap_stats(live->pcap, &stat) != 0)
        return;
    src->dropped_kernel = stat.ps_drop;
    src->dropped_interface = stat.ps_ifdrop;
    src->interfaces[0].known.dropped = src->dropped_kernel + src->dropped_interface;
}

static void live_close(lamna_source *src)
{
    struct live *live = src->state;
    if (live->pcap != NULL)
        pcap_close(live->pcap);
    free(live);
}

static const struct source_ops live_ops = {.next = live_next,
                                           .ready = live_ready,
                                           .descriptor = live_descriptor,
                                           .drops = live_drops,
                                           .close = live_close};

/* ---- What can go wrong at the start
 * -------------------------------------------------------------- */

static lamna_status live_no_permission(const char *name, lamna_error *err)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    (void)error_set(err, LAMNA_ERR_PERMISSION,
                    "no permission to capture on %s: it needs the capability CAP_NET_RAW", name);
    /* The hint is to be pasted: a path that would be cut off, or need quoting, is no help. */
    enum { LONGEST = 180 };
    self[n < 0 ? 0 : n] = '\0';
    bool usable = n > 0 && n < LONGEST && strpbrk(self, " \t\n'\"\\$`&;()<>|*?#~!") == NULL;
    return error_hint(err, "sudo setcap cap_net_raw,cap_net_admin=eip %s",
                      usable ? self : "\"$(readlink -f \"$(command -v lamna)\")\"");
}

static lamna_status live_no_device(const char *name, lamna_error *err)
{
    char close[64];
    (void)error_set(err, LAMNA_ERR_ARGUMENT, "there is no interface \"%s\"", name);
    if (devices_close_name(name, close, sizeof close))
        return error_hint(err, "did you mean %s? 'lamna interfaces' lists them all", close);
    return error_hint(err, "'lamna interfaces' lists them");
}

static lamna_status live_activate_failed(pcap_t *pcap, int result, const char *name,
                                         lamna_error *err)
{
    const char *text = pcap_geterr(pcap);
    switch (result) {
    case PCAP_ERROR_PERM_DENIED:
    case PCAP_ERROR_PROMISC_PERM_DENIED:
        return live_no_permission(name, err);
    case PCAP_ERROR_NO_SUCH_DEVICE:
        return live_no_device(name, err);
    case PCAP_ERROR_IFACE_NOT_UP:
        (void)error_set(err, LAMNA_ERR_IO, "interface %s is down", name);
        return error_hint(err, "sudo ip link set %s up", name);
    default:
        return error_set(err, LAMNA_ERR_IO, "capturing on %s failed: %s", name,
                         *text != '\0' ? text : pcap_statustostr(result));
    }
}

static lamna_status live_bad_filter(pcap_t *pcap, const char *filter, lamna_error *err)
{
    lamna_status status = error_set(err, LAMNA_ERR_FILTER, "capture filter \"%.200s\": %s", filter,
                                    pcap_geterr(pcap));
    if (err != NULL)
        err->end = (uint32_t)strlen(filter); /* libpcap does not say where */
    return status;
}

/* ---- Starting
 * -------------------------------------------------------------------------------------- */

/* Options that libpcap cannot set are left at its defaults: none of them decides whether the
 * packets are right. */
static lamna_status live_activate(struct live *live, const lamna_live_options *o, lamna_error *err)
{
    pcap_t *pcap = live->pcap;
    uint32_t mib = o->buffer_mib == 0 ? LIVE_BUFFER_MIB : o->buffer_mib;
    if (mib > INT_MAX >> 20)
        return error_set(err, LAMNA_ERR_ARGUMENT,
                         "a buffer of %" PRIu32 " MiB is more than the %d possible", mib,
                         INT_MAX >> 20);
    bool whole = o->snaplen == 0 || o->snaplen > LIVE_SNAPLEN;
    (void)pcap_set_snaplen(pcap, whole ? LIVE_SNAPLEN : (int)o->snaplen);
    (void)pcap_set_promisc(pcap, !o->no_promiscuous);
    (void)pcap_set_timeout(pcap, LIVE_TIMEOUT_MS);
    (void)pcap_set_buffer_size(pcap, (int)(mib << 20));
    (void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
    int result = pcap_activate(pcap);
    if (result < 0)
        return live_activate_failed(pcap, result, o->interface, err);
    bool nano = pcap_get_tstamp_precision(pcap) == PCAP_TSTAMP_PRECISION_NANO;
    live->fraction_ns = nano ? 1 : 1000;
    /* Version 2 of "any"'s header says which interface a packet came through. */
    if (pcap_datalink(pcap) == DLT_LINUX_SLL)
        (void)pcap_set_datalink(pcap, DLT_LINUX_SLL2);
    return LAMNA_OK;
}

static lamna_status live_set_filter(pcap_t *pcap, const char *filter, lamna_error *err)
{
    if (filter == NULL || *filter == '\0')
        return LAMNA_OK;
    struct bpf_program program;
    if (pcap_compile(pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return live_bad_filter(pcap, filter, err);
    int result = pcap_setfilter(pcap, &program);
    pcap_freecode(&program);
    return result == 0 ? LAMNA_OK : live_bad_filter(pcap, filter, err);
}

/* libpcap's numbers of this platform to those of files; all others are the same (pcap-linktype(7)).
 */
static uint16_t live_link_type(int dlt)
{
    static const struct {
        int dlt;
        uint16_t link_type;
    } map[] = {{DLT_RAW, 101}, {DLT_ATM_RFC1483, 100}, {DLT_SLIP_BSDOS, 102}, {DLT_PPP_BSDOS, 103}};
    for (size_t i = 0; i < sizeof map / sizeof *map; i++) {
        if (map[i].dlt == dlt)
            return map[i].link_type;
    }
    return (uint16_t)dlt;
}

static const char *live_text(lamna_source *src, const char *text)
{
    return text == NULL || *text == '\0' ? NULL
                                         : source_string(src, (const uint8_t *)text, strlen(text));
}

static lamna_status live_describe(lamna_source *src, struct live *live,
                                  const lamna_live_options *options, lamna_error *err)
{
    lamna_section *section = source_add_section(src);
    struct source_interface *added = source_add_interface(src);
    if (section == NULL || added == NULL)
        return error_memory(err);
    live->link_type = live_link_type(pcap_datalink(live->pcap));
    lamna_interface *known = &added->known;
    known->name = live_text(src, options->interface);
    known->filter = live_text(src, options->capture_filter);
    known->snaplen = (uint32_t)pcap_snapshot(live->pcap);
    known->link_type = live->link_type;
    known->tsresol = live->fraction_ns == 1 ? 9 : 6;
    struct utsname system;
    char os[sizeof system.sysname + sizeof system.release + 1];
    if (uname(&system) == 0) {
        (void)snprintf(os, sizeof os, "%s %s", system.sysname, system.release);
        known->os = section->os = live_text(src, os);
    }
    return LAMNA_OK;
}

static lamna_status live_start(lamna_source *src, struct live *live,
                               const lamna_live_options *options, lamna_error *err)
{
    char text[PCAP_ERRBUF_SIZE] = "";
    live->pcap = pcap_create(options->interface, text);
    if (live->pcap == NULL)
        return error_set(err, LAMNA_ERR_IO, "capturing on %s failed: %s", options->interface, text);
    lamna_status status = live_activate(live, options, err);
    if (status == LAMNA_OK)
        status = live_set_filter(live->pcap, options->capture_filter, err);
    if (status != LAMNA_OK)
        return status;
    if (pcap_setnonblock(live->pcap, 1, text) != 0)
        return error_set(err, LAMNA_ERR_IO, "capturing on %s failed: %s", options->interface, text);
    live->fd = pcap_get_selectable_fd(live->pcap);
    return live_describe(src, live, options, err);
}

lamna_source *lamna_source_live(const lamna_live_options *options, lamna_error *err)
{
    if (options == NULL || options->interface == NULL || *options->interface == '\0') {
        (void)error_set(err, LAMNA_ERR_ARGUMENT, "no interface given");
        return NULL;
    }
    lamna_source *src = source_new(options->interface, err);
    if (src == NULL)
        return NULL;
    src->state = calloc(1, sizeof(struct live));
    if (src->state == NULL) {
        (void)error_memory(err);
        lamna_source_close(src);
        return NULL;
    }
    src->format = "live";
    src->ops = &live_ops;
    if (live_start(src, src->state, options, err) == LAMNA_OK)
        return src;
    lamna_source_close(src);
    return NULL;
}
