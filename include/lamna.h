/*
 * lamna.h: the public interface of liblamna, a packet capture and analysis library.
 *
 * The shape of a program that uses it:
 *
 *     lamna_registry *reg = lamna_registry_new(&err);             all protocols and fields
 *     lamna_query *q = lamna_query_new(reg, &err);                what is asked
 *     lamna_query_filter(q, "tcp.port == 12345", &err);
 *     lamna_source *src = lamna_source_open("a.pcapng", NULL, &err);   where packets come from
 *     lamna_run *run = lamna_run_new(q, src, &err);               the answer, packet by packet
 *     while (lamna_run_next(run, &packet, &err) == LAMNA_OK) ...
 *
 * Rules that hold everywhere:
 * - A function that can fail returns a lamna_status, or NULL, and fills the caller's lamna_error.
 *   The error may be NULL where the caller does not want to know. Nothing is printed, nothing exits.
 * - A registry is immutable once made and may be shared by threads. Every other object belongs to one
 *   thread at a time; different objects may be used by different threads at once.
 * - Who calls a function named _new or _open owns what it returns and gives it to the _free or _close
 *   of the same name; NULL is accepted there. All other pointers are borrowed: each function says
 *   until when they are valid.
 * - Times are nanoseconds since 1970-01-01 00:00 UTC. Lengths and offsets are bytes.
 */
#ifndef LAMNA_H
#define LAMNA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LAMNA_API __attribute__((visibility("default")))
#else
#define LAMNA_API
#endif

/* ---- Errors ------------------------------------------------------------------------------- */

typedef enum lamna_status {
    LAMNA_OK = 0,
    LAMNA_END,             /* no more packets; not an error */
    LAMNA_STOPPED,         /* lamna_source_stop() was called; not an error */
    LAMNA_ERR_MEMORY,      /* out of memory */
    LAMNA_ERR_IO,          /* a system call failed: the message names it and its reason */
    LAMNA_ERR_FORMAT,      /* the input is not what it claims to be */
    LAMNA_ERR_TRUNCATED,   /* the input ends in the middle of a packet; all whole ones were given */
    LAMNA_ERR_PERMISSION,  /* the message says what is missing, the hint how to grant it */
    LAMNA_ERR_FILTER,      /* a filter that does not compile: begin and end point at the place */
    LAMNA_ERR_LIMIT,       /* a limit was reached: the message names it */
    LAMNA_ERR_ARGUMENT,    /* an argument makes no sense: the message says which */
    LAMNA_ERR_UNSUPPORTED  /* understood, but not built in */
} lamna_status;

/* Owned by the caller; filled by the function that failed, never freed. */
typedef struct lamna_error {
    lamna_status status;
    uint32_t begin, end; /* bytes [begin, end) of the filter text; both 0 where there is none */
    uint64_t offset;     /* in the input, for FORMAT and TRUNCATED; else 0 */
    char message[512];   /* what went wrong and where: one line, no final full stop */
    char hint[256];      /* what to do about it, or empty */
} lamna_error;

/* ---- Fields ------------------------------------------------------------------------------- */

/* Wireshark's field types. What an item's value holds for each is said at lamna_item. */
typedef enum lamna_type {
    LAMNA_NONE,
    LAMNA_PROTOCOL,
    LAMNA_BOOLEAN,
    LAMNA_CHAR,
    LAMNA_UINT8,
    LAMNA_UINT16,
    LAMNA_UINT24,
    LAMNA_UINT32,
    LAMNA_UINT40,
    LAMNA_UINT48,
    LAMNA_UINT56,
    LAMNA_UINT64,
    LAMNA_INT8,
    LAMNA_INT16,
    LAMNA_INT24,
    LAMNA_INT32,
    LAMNA_INT64,
    LAMNA_FLOAT,
    LAMNA_DOUBLE,
    LAMNA_ABSOLUTE_TIME,
    LAMNA_RELATIVE_TIME,
    LAMNA_STRING,
    LAMNA_BYTES,
    LAMNA_UINT_BYTES,
    LAMNA_ETHER,
    LAMNA_EUI64,
    LAMNA_IPv4,
    LAMNA_IPv6,
    LAMNA_GUID,
    LAMNA_OID,
    LAMNA_FRAMENUM,
    LAMNA_TYPE_COUNT
} lamna_type;

typedef struct lamna_registry lamna_registry;

/* One field, or one protocol (type LAMNA_PROTOCOL). Valid as long as its registry. */
typedef struct lamna_field {
    const char *name;  /* "tcp.srcport" */
    const char *label; /* "Source Port" */
    lamna_type type;
    uint32_t number; /* its place in the registry, and what lamna_item.field holds */
    bool on_request; /* not among "all fields": there only when it is asked for by name */
} lamna_field;

LAMNA_API lamna_registry *lamna_registry_new(lamna_error *err);
LAMNA_API void lamna_registry_free(lamna_registry *reg);
/* How many fields there are; lamna_field_at() takes 0 to this minus 1, sorted by protocol. */
LAMNA_API size_t lamna_field_count(const lamna_registry *reg);
LAMNA_API const lamna_field *lamna_field_at(const lamna_registry *reg, size_t number);
/* The field of that name, or NULL. */
LAMNA_API const lamna_field *lamna_field_find(const lamna_registry *reg, const char *name);
/* Named value number 0, 1 ... of a field, as "SYN" is one of a number: false behind the last. Names of ranges are left out. */
LAMNA_API bool lamna_field_value(const lamna_registry *reg, const lamna_field *field, size_t number,
                                 uint64_t *value, const char **name);
/* "FT_UINT16" and so on, as Wireshark writes it. */
LAMNA_API const char *lamna_type_name(lamna_type type);

/* ---- Packets ------------------------------------------------------------------------------ */

enum {
    LAMNA_PACKET_HAS_TIME = 1u,   /* clear for pcapng's Simple Packet Block, which carries none */
    LAMNA_PACKET_BIG_ENDIAN = 2u, /* byte order of the record (for options and pseudo-headers) */
    LAMNA_PACKET_HAS_FLAGS = 4u,  /* `flags_word` is meaningful (pcapng epb_flags) */
    LAMNA_PACKET_HAS_INTERFACE = 8u /* the format tells interfaces and sections apart: pcapng */
};

/*
 * Blocks of a pcapng file that no network carried, but that Wireshark numbers as packets, are packets
 * here too, so that packet numbers agree. They have these link types, which no LINKTYPE_ value reaches.
 */
enum {
    LAMNA_LINK_CUSTOM_BLOCK = 0xff01,    /* data: what follows the enterprise number, with padding */
    LAMNA_LINK_SYSTEMD_JOURNAL = 0xff02, /* data: an entry in the Journal Export Format */
    LAMNA_LINK_SYSDIG_EVENT = 0xff03     /* data: the parameters of the event */
};

/* lamna_packet_info.interface of those blocks. */
#define LAMNA_NO_INTERFACE UINT32_MAX

/* A captured packet before any dissection. What it points to is valid until the next one is read. */
typedef struct lamna_packet_info {
    uint64_t number;       /* from 1, in the order of the source */
    int64_t time_ns;       /* when it was captured */
    uint32_t captured;     /* bytes at `data` */
    uint32_t length;       /* bytes on the wire; may be more than captured */
    uint32_t interface;    /* its number, from 0, over all sections of the source; or NO_INTERFACE */
    uint32_t section;      /* number of the pcapng section, from 0 */
    uint32_t flags_word;   /* pcapng epb_flags (draft-ietf-opsawg-pcapng, section 4.3.1) */
    uint16_t link_type;    /* LINKTYPE_ value; 1 is Ethernet */
    uint8_t fcs_length;    /* bytes of frame check sequence at the end of `data`, 0 if none is known */
    uint8_t flags;         /* LAMNA_PACKET_* */
    uint64_t offset;       /* of its record in the (decompressed) input */
    const uint8_t *data;
    const uint8_t *record; /* the whole record or block as it was read, NULL for live packets */
    uint32_t record_length;
    uint32_t options_length; /* bytes of pcapng options at `options` */
    const char *interface_name; /* NULL if it has none */
    const char *interface_description; /* or NULL */
    const uint8_t *options;  /* raw pcapng options of this packet, in its byte order; or NULL */
} lamna_packet_info;

enum {
    LAMNA_ITEM_HIDDEN = 1u,    /* not shown in a tree: repeats another item under a common name */
    LAMNA_ITEM_GENERATED = 2u, /* computed, not read from the bytes */
    LAMNA_ITEM_LITTLE_ENDIAN = 4u
};

/*
 * One dissected field of one packet. The items of a packet are one flat array in document order; an
 * item's subtree is the items from its own index + 1 up to `end`:
 *
 *     0 ip          end 3
 *     1   ip.src    end 2
 *     2   ip.dst    end 3
 *     3 tcp         end 5 ...
 *
 * What `value` holds, by type: BOOLEAN, CHAR, UINT*, FRAMENUM: u. INT*: i. IPv4: u, host byte order.
 * FLOAT, DOUBLE: d. Times: i, nanoseconds. STRING (UTF-8), BYTES, ETHER, EUI64, IPv6, GUID, OID:
 * p and value_length. NONE: nothing. PROTOCOL: p and value_length are its bytes.
 */
typedef struct lamna_item {
    uint32_t field;  /* lamna_field.number */
    uint32_t end;    /* index just past its subtree */
    uint32_t offset; /* of its bytes in the data source `source` */
    uint32_t length; /* of its bytes there; 0 where it stands for none */
    union {
        uint64_t u;
        int64_t i;
        double d;
        const uint8_t *p;
    } value;
    uint32_t value_length;
    uint8_t source; /* 0: the packet's own bytes; else reassembled or decoded ones */
    uint8_t flags;  /* LAMNA_ITEM_* */
    uint16_t layer; /* which layer of the packet it belongs to, from 0 */
} lamna_item;

/* ---- Sources: files, pipes, interfaces ------------------------------------------------------ */

typedef struct lamna_source lamna_source;

typedef struct lamna_open_options {
    bool follow; /* at the end of a regular file wait for it to grow, until lamna_source_stop() */
    bool unmapped; /* read a large file in place of mapping it */
} lamna_open_options;

/*
 * Opens a capture file: pcap or pcapng, plain or compressed with gzip, zstd or lz4, recognised by its
 * contents. `path` may name a pipe; "-" is standard input. `options` may be NULL. What is not a capture
 * is LAMNA_ERR_FORMAT; nothing is read twice, so a pipe need not be seekable.
 *
 * A large plain file is mapped, where the system can tell whether what is mapped is there. If the file shrinks,
 * reading ends with LAMNA_ERR_IO; but who cuts the very part that is being looked at raises SIGBUS, which ends
 * a program that does not handle it. `unmapped` rules that out, and takes longer.
 */
LAMNA_API lamna_source *lamna_source_open(const char *path, const lamna_open_options *options,
                                          lamna_error *err);

typedef struct lamna_live_options {
    const char *interface;      /* "lo", "eth0", "any" */
    const char *capture_filter; /* libpcap's language; NULL for none */
    uint32_t snaplen;           /* bytes kept of each packet; 0: all */
    uint32_t buffer_mib;        /* kernel buffer; 0: the default of 64 */
    bool no_promiscuous;
} lamna_live_options;

/* Starts capturing. Packets are buffered by the kernel from the moment this returns. On a loopback
 * interface each packet is given once. */
LAMNA_API lamna_source *lamna_source_live(const lamna_live_options *options, lamna_error *err);

/*
 * The next packet. LAMNA_OK; LAMNA_END at the end; LAMNA_STOPPED after lamna_source_stop();
 * LAMNA_ERR_TRUNCATED where the input ends inside a packet, with the offset; or another error.
 * *packet and what it points to stay valid until the next call.
 */
LAMNA_API lamna_status lamna_source_next(lamna_source *src, lamna_packet_info *packet,
                                         lamna_error *err);

/* True if the next packet can be given without waiting. */
LAMNA_API bool lamna_source_ready(const lamna_source *src);
/* Waits until it can, or until it was stopped: LAMNA_OK; LAMNA_END once that many milliseconds are over. */
LAMNA_API lamna_status lamna_source_wait(lamna_source *src, int milliseconds);

/* Makes a lamna_source_next() that waits, or the next one, return LAMNA_STOPPED. The only function that
 * may be called from a signal handler and, beside lamna_source_progress(), from another thread. */
LAMNA_API void lamna_source_stop(lamna_source *src);
LAMNA_API void lamna_source_close(lamna_source *src);

typedef struct lamna_source_stats {
    uint64_t packets;        /* given so far */
    uint64_t bytes;          /* their captured bytes */
    uint64_t position;       /* bytes of the input consumed, before decompression */
    uint64_t size;           /* of the input file, 0 if not known (pipe, interface) */
    uint64_t dropped_kernel; /* live, or from pcapng Interface Statistics Blocks */
    uint64_t dropped_interface;
} lamna_source_stats;

LAMNA_API void lamna_source_stats_get(lamna_source *src, lamna_source_stats *stats);
/* How many bytes of the input file were read so far, before decompression; another thread may ask, too. */
LAMNA_API uint64_t lamna_source_progress(const lamna_source *src);

/* What is known of one interface of a source. Strings are NULL where nothing is known, and valid until
 * the source is closed. */
typedef struct lamna_interface {
    const char *name;
    const char *description;
    const char *filter;   /* capture filter it was recorded with */
    const char *hardware;
    const char *os;
    uint32_t section;     /* pcapng section it belongs to */
    uint32_t snaplen;     /* 0: no limit */
    uint16_t link_type;
    uint8_t fcs_length;   /* bytes, 0 if none is known */
    uint8_t tsresol;      /* as in pcapng's if_tsresol: 6 is microseconds, 9 nanoseconds */
    int64_t tsoffset;     /* seconds */
    uint64_t packets;     /* read so far */
    uint64_t dropped;     /* isb_ifdrop + isb_osdrop of the last statistics block */
} lamna_interface;

/* How many interfaces are known so far; pcapng may add some later. A pcap file has one. */
LAMNA_API size_t lamna_source_interfaces(const lamna_source *src);
/* Fills *interface; false if there is no such number. */
LAMNA_API bool lamna_source_interface(const lamna_source *src, size_t number,
                                      lamna_interface *interface);

/* What is known of a pcapng section; a pcap file has one, with all strings NULL. */
typedef struct lamna_section {
    const char *hardware;
    const char *os;
    const char *application;
    const char *comment; /* the first one */
    uint16_t version_major, version_minor;
    bool big_endian;
} lamna_section;

LAMNA_API size_t lamna_source_sections(const lamna_source *src);
LAMNA_API bool lamna_source_section(const lamna_source *src, size_t number, lamna_section *section);
/* "pcap", "pcap (nanoseconds)", "pcapng", "pcap (modified)", "pcap (Kuznetzov)", "pcap (AIX)",
 * "pcap (Ixia)", "live". "pcap (modified)" is known once the first packet has been read. */
LAMNA_API const char *lamna_source_format(const lamna_source *src);
/* "none", "gzip", "zstd", "lz4". */
LAMNA_API const char *lamna_source_compression(const lamna_source *src);

typedef enum lamna_format { LAMNA_PCAP, LAMNA_PCAP_NS, LAMNA_PCAPNG } lamna_format;

/* ---- Writing captures ----------------------------------------------------------------------- */

typedef struct lamna_writer lamna_writer;

/*
 * Creates a capture file ("-": standard output) for packets of `src`, which must stay open as long as
 * the writer. Where both are pcapng, sections, interfaces, comments, options, statistics and unknown
 * blocks of the source are kept as they are, byte for byte, in their order. pcap holds one link type: a
 * packet of another, or one of LAMNA_LINK_*, is LAMNA_ERR_UNSUPPORTED when it is written. A name that
 * ends in .gz, .zst or .lz4 compresses. The file that `src` reads is LAMNA_ERR_ARGUMENT, and is left as
 * it is. A writer may be opened after packets were read: the blocks before them are written first.
 */
LAMNA_API lamna_writer *lamna_writer_open(const char *path, lamna_format format, lamna_source *src,
                                          lamna_error *err);
/* `packet` must be the one that `src` gave last. */
LAMNA_API lamna_status lamna_writer_write(lamna_writer *w, const lamna_packet_info *packet,
                                          lamna_error *err);
/* The same, with a comment more than the packet has; NULL: none. Of a long one, the first 64 KiB. LAMNA_ERR_UNSUPPORTED
 * where there is no room for one: pcap, and pcapng's blocks without options. */
LAMNA_API lamna_status lamna_writer_write_commented(lamna_writer *w, const lamna_packet_info *packet,
                                                    const char *comment, lamna_error *err);
/* Hands everything written so far to the system. */
LAMNA_API lamna_status lamna_writer_flush(lamna_writer *w, lamna_error *err);
/* Writes what remains (trailing blocks of the source, drop counts of a live one), closes and frees. */
LAMNA_API lamna_status lamna_writer_close(lamna_writer *w, lamna_error *err);

/* ---- Interfaces of this machine -------------------------------------------------------------- */

typedef struct lamna_device {
    const char *name;
    const char *description; /* or NULL */
    const char *addresses;   /* "127.0.0.1, ::1", or empty */
    bool up, running, loopback, wireless;
} lamna_device;

/* An array of *count devices, in libpcap's order; give it to lamna_devices_free(). NULL on error. */
LAMNA_API lamna_device *lamna_devices(size_t *count, lamna_error *err);
LAMNA_API void lamna_devices_free(lamna_device *devices, size_t count);

/* ---- Filters -------------------------------------------------------------------------------- */

/* A display filter, compiled. Immutable; the registry must outlive it. */
typedef struct lamna_filter lamna_filter;

/* Compiles `text`. On LAMNA_ERR_FILTER err->begin and err->end are the place in `text`, and the hint
 * names the nearest field where one is misspelt. An empty or blank filter matches every packet. */
LAMNA_API lamna_filter *lamna_filter_new(const lamna_registry *reg, const char *text, lamna_error *err);
LAMNA_API void lamna_filter_free(lamna_filter *filter);

/*
 * What a person has named: saved filters, "@name" in any filter, and macros, "$name(arguments)" or
 * "${name;arguments}", whose text has $1, $2 ... for the arguments. A macro's name begins with $ here.
 */
typedef struct lamna_names lamna_names;

LAMNA_API lamna_names *lamna_names_new(lamna_error *err);
LAMNA_API void lamna_names_free(lamna_names *names);
/* Whether a host's name may stand where an address is expected: the system is then asked for it. */
LAMNA_API void lamna_names_lookup(lamna_names *names, bool allow);
/* Adds or replaces. LAMNA_ERR_ARGUMENT if name or text cannot be. */
LAMNA_API lamna_status lamna_names_set(lamna_names *names, const char *name, const char *text, lamna_error *err);
/* False if there is no such name. */
LAMNA_API bool lamna_names_remove(lamna_names *names, const char *name);
LAMNA_API size_t lamna_names_count(const lamna_names *names);
/* The name and *text of number 0 to count - 1, or NULL; both valid until the next change. */
LAMNA_API const char *lamna_names_at(const lamna_names *names, size_t number, const char **text);
/* Adds the lines "NAME = TEXT" of a file; one that is not there has none. */
LAMNA_API lamna_status lamna_names_load(lamna_names *names, const char *path, lamna_error *err);
/* Replaces the file at once, or leaves it as it is. */
LAMNA_API lamna_status lamna_names_save(const lamna_names *names, const char *path, lamna_error *err);
/* Adds what is in a dfilters, dmacros or dfilter_macros file of Wireshark: so many were taken, so many
 * lines were left out. */
LAMNA_API lamna_status lamna_names_import(lamna_names *names, const char *path, size_t *taken, size_t *left_out,
                                          lamna_error *err);

/*
 * "Decode As", in the syntax of tshark's -d: "tcp.port==8888,http" finds http at that port from now on, and
 * before what is bound to another port of the packet. A range is 8000-8010, or 8000:11. To be called before
 * anything else is made with the registry. LAMNA_ERR_ARGUMENT, with a hint, where there is no such table or
 * protocol, or it is not found in the table under any key.
 */
LAMNA_API lamna_status lamna_registry_decode_as(lamna_registry *reg, const char *rule,
                                                lamna_error *err);

/* ---- Indexes: what one pass learnt of each packet, for the next question ---------------------- */

typedef struct lamna_index lamna_index;

/*
 * Reads all of src, from its first packet, and writes its index to `path`; NULL: to FILE.lamna beside it or, if
 * that is not permitted, to the user's cache ($XDG_CACHE_HOME/lamna, or ~/.cache/lamna). An index that is there
 * is replaced once the new one is complete, also under the eyes of who reads it. If the capture has grown since that was
 * made, what it says of the earlier packets is kept: *kept, which may be NULL, is how many these are. LAMNA_ERR_UNSUPPORTED
 * if src is no file; what else ends a run; LAMNA_ERR_IO.
 */
LAMNA_API lamna_status lamna_index_build(const lamna_registry *reg, lamna_source *src, const char *path,
                                         uint64_t *kept, lamna_error *err);
/*
 * Opens the index of src, at `path` or, if that is NULL, where lamna_index_build() puts it. NULL with LAMNA_END:
 * there is none, or none can be used (after "Decode As"); LAMNA_ERR_UNSUPPORTED: it is of another state of the
 * capture, or by another version; LAMNA_ERR_FORMAT: it is damaged.
 */
LAMNA_API lamna_index *lamna_index_open(const lamna_registry *reg, const lamna_source *src, const char *path,
                                        lamna_error *err);
LAMNA_API void lamna_index_close(lamna_index *index);
/* Did a run find that the index is damaged? Then that run did not believe it, and read the capture. */
LAMNA_API bool lamna_index_damaged(const lamna_index *index);
LAMNA_API const char *lamna_index_path(const lamna_index *index);
LAMNA_API uint64_t lamna_index_packets(const lamna_index *index);
/* How large it is. */
LAMNA_API uint64_t lamna_index_bytes(const lamna_index *index);

/* ---- Queries: what is asked of each packet --------------------------------------------------- */

typedef struct lamna_query lamna_query;
typedef struct lamna_run lamna_run;
typedef struct lamna_packet lamna_packet;

LAMNA_API lamna_query *lamna_query_new(const lamna_registry *reg, lamna_error *err);
LAMNA_API void lamna_query_free(lamna_query *q);
/* Only packets that match are given. Replaces an earlier filter. */
LAMNA_API lamna_status lamna_query_filter(lamna_query *q, const char *text, lamna_error *err);
/* Names that the next lamna_query_filter() may use; borrowed until then. */
LAMNA_API void lamna_query_names(lamna_query *q, const lamna_names *names);
/* Warning number 0, 1 ... of the filter: its message and place. False if there is none. */
LAMNA_API bool lamna_query_warning(const lamna_query *q, size_t number, lamna_error *warning);
/* Does the filter refer, with ${field}, to a selected packet? */
LAMNA_API bool lamna_query_needs_selection(const lamna_query *q);
/* Selects packet `number` of src, which is read up to it. LAMNA_END if there are not so many. */
LAMNA_API lamna_status lamna_query_select(lamna_query *q, lamna_source *src, uint64_t number, lamna_error *err);
/* Asks for a field or protocol by name. LAMNA_ERR_FILTER, with a hint, if there is none. */
LAMNA_API lamna_status lamna_query_want(lamna_query *q, const char *name, lamna_error *err);
/* Asks for all that the filter reads, so that it can be put to each packet that is given: lamna_filter_match().
 * It does not choose packets. */
LAMNA_API void lamna_query_want_filter(lamna_query *q, const lamna_filter *filter);
/* Does the packet match? The query that gave it must have been asked with lamna_query_want_filter(). Patterns have
 * memory to match with: one thread at a time. */
LAMNA_API bool lamna_filter_match(lamna_filter *filter, const lamna_packet *packet);
/* Asks for every field, and with `tree` for the lines of the tree, which cost time. Of a file above 256
 * MiB, what only later packets tell (tcp.reassembled_in) is left out, unless a filter names it. */
LAMNA_API void lamna_query_want_all(lamna_query *q, bool tree);
/* Asks for the Source, Destination, Protocol and Info columns. */
LAMNA_API void lamna_query_want_columns(lamna_query *q);
/*
 * Asks for names instead of numbers, in columns, trees and the fields that are made for names (ip.src_host,
 * eth.src_resolved). Letters as in tshark's -N: m network cards, n hosts that the system's file of hosts or
 * the capture's name blocks name, d also those that its DNS answers have named so far, N also by asking the
 * system, t services. LAMNA_ERR_ARGUMENT for another letter.
 */
LAMNA_API lamna_status lamna_query_resolve(lamna_query *q, const char *letters, lamna_error *err);
/* An index of the source that the next run reads: what it tells of the filter need not be read. Answers are the
 * same with and without it. Borrowed until that run ends; NULL: none. */
LAMNA_API void lamna_query_index(lamna_query *q, lamna_index *index);
/* Without a filter: of the index's packets only those are needed whose bits are set, that of packet 1 first. The next run
 * may give others besides. Borrowed until that run ends; NULL: all. */
LAMNA_API void lamna_query_packets(lamna_query *q, const uint64_t *bits);
LAMNA_API void lamna_query_verify_checksums(lamna_query *q, bool verify);

/*
 * Reads the secrets of TLS connections from a key log file, in the format that SSLKEYLOGFILE gives: what
 * they encrypt is dissected too. Secrets inside a pcapng file are used without this. *secrets, which may
 * be NULL, is how many are known now: 0 for a file that is no key log, or is still empty. What is added
 * to the file while a run waits for packets is read then. LAMNA_ERR_IO, LAMNA_ERR_PERMISSION.
 */
LAMNA_API lamna_status lamna_query_keylog(lamna_query *q, const char *path, size_t *secrets, lamna_error *err);

/* Puts q to the packets of src. Both are borrowed and must outlive the run. */
LAMNA_API lamna_run *lamna_run_new(lamna_query *q, lamna_source *src, lamna_error *err);
LAMNA_API void lamna_run_free(lamna_run *run);
/* Calls `wait` before the run waits for input that is not there yet: the time to flush output. */
LAMNA_API void lamna_run_on_wait(lamna_run *run, void (*wait)(void *context), void *context);
/* The next packet that matches; statuses as lamna_source_next(). *packet is valid until the next call. */
LAMNA_API lamna_status lamna_run_next(lamna_run *run, const lamna_packet **packet, lamna_error *err);

/* ---- Dissected packets ----------------------------------------------------------------------- */

LAMNA_API const lamna_packet_info *lamna_packet_get_info(const lamna_packet *packet);
/* When the run's first packet was captured, ns since 1970; 0 if that is not known. */
LAMNA_API int64_t lamna_packet_start(const lamna_packet *packet);
/* The flat array of items and how many there are. Only fields that were asked for are in it. */
LAMNA_API const lamna_item *lamna_packet_items(const lamna_packet *packet, size_t *count);
/* The bytes that items of data source `number` lie in: 0 are the packet's own, others were reassembled or decoded.
 * *name is for people: "Reassembled TCP". False if there is no such number. */
LAMNA_API bool lamna_packet_source(const lamna_packet *packet, unsigned number, const char **name,
                                   const uint8_t **data, size_t *length);

/* Text that grows: what the functions below append to, and what a program may print at once. */
typedef struct buf lamna_text;

/* NULL without memory. */
LAMNA_API lamna_text *lamna_text_new(void);
LAMNA_API void lamna_text_free(lamna_text *text);
LAMNA_API void lamna_text_clear(lamna_text *text);
LAMNA_API void lamna_text_add(lamna_text *text, const char *bytes, size_t n);
/* As many columns of a terminal as are returned: what would move its cursor becomes a dot. */
LAMNA_API size_t lamna_text_add_line(lamna_text *text, const char *bytes, size_t n);
LAMNA_API void lamna_text_add_number(lamna_text *text, uint64_t v);
/* As printf's "%.17g". */
LAMNA_API void lamna_text_add_double(lamna_text *text, double v);
/* Nanoseconds as seconds, of whose decimals the first `decimals` are written, at most nine. */
LAMNA_API void lamna_text_add_seconds(lamna_text *text, int64_t ns, unsigned decimals);
/* A JSON string with its quotes. */
LAMNA_API void lamna_text_add_json(lamna_text *text, const char *bytes, size_t n);
/* The bytes, with a final NUL that *length does not count. Valid until the next change; NULL if memory
 * ran out on the way. */
LAMNA_API const char *lamna_text_data(lamna_text *text, size_t *length);

/* ---- What an index tells without a packet being read ------------------------------------------ */

/* Of each packet a number. */
typedef enum lamna_index_column {
    LAMNA_INDEX_SET,      /* of the packet's set, which tells what fields it has; 0: that is not known */
    LAMNA_INDEX_TIME,     /* ns since 1970, an int64_t; INT64_MIN: it has none */
    LAMNA_INDEX_LENGTH,   /* on the wire */
    LAMNA_INDEX_CAPTURED,
    LAMNA_INDEX_SRC_PORT, /* from here on: the value of a field, where the set says that it is told */
    LAMNA_INDEX_DST_PORT,
    LAMNA_INDEX_SRC_ADDRESS, /* for lamna_index_address(); 0: not known */
    LAMNA_INDEX_DST_ADDRESS,
    LAMNA_INDEX_STREAM,
    LAMNA_INDEX_TCP_FLAGS,
    LAMNA_INDEX_PAYLOAD, /* tcp.len or udp.length */
    LAMNA_INDEX_COLUMNS
} lamna_index_column;

enum { LAMNA_INDEX_BLOCK = 4096 /* packets whose values are read at once */ };

/* The values of block 0, 1 ...: how many these are. 0: there is no such block, or it is damaged. */
LAMNA_API size_t lamna_index_values(lamna_index *index, uint64_t block, lamna_index_column column,
                                    uint64_t values[LAMNA_INDEX_BLOCK]);
/* How many sets there are, with numbers from 1; 0 also if they are damaged. Must come before the next two. */
LAMNA_API uint32_t lamna_index_sets(lamna_index *index);
/* The numbers of the fields that packets of the set have, sorted. `*told`: a bit for each lamna_index_column that holds
 * the one value that there is. NULL if the set has a field that there is not, or there is no such set. */
LAMNA_API const uint32_t *lamna_index_set(const lamna_index *index, uint32_t number, size_t *count, uint32_t *told);
/* How many addresses there are, with numbers from 1; 0 also if they are damaged. */
LAMNA_API uint32_t lamna_index_addresses(lamna_index *index);
/* Appends one as text. */
LAMNA_API void lamna_index_address(lamna_index *index, uint32_t number, lamna_text *out);
/* The column that holds a field's values; LAMNA_INDEX_COLUMNS: none does. */
LAMNA_API lamna_index_column lamna_index_column_of(const lamna_field *field);
/* Do sets tell which packets have the field? */
LAMNA_API bool lamna_index_knows(const lamna_registry *reg, const lamna_field *field);
/* Are all interfaces of the capture told before its first packet? */
LAMNA_API bool lamna_index_knows_interfaces(const lamna_index *index);

/* ---- Runs that threads share -------------------------------------------------------------------- */

/* What is done with the packets of a run that threads share. */
typedef struct lamna_work {
    void *context;
    /* Takes a packet that matches, and appends to `out` what there is to say of it. Any thread may call it,
     * several at once; `thread` is a number from 0 to one less than there are threads, so that each can have
     * memory of its own. NULL: matching packets are only counted. */
    void (*packet)(void *context, unsigned thread, const lamna_packet *packet, lamna_text *out);
    /* Takes that text, in the order of the packets, never two at once. False ends the run. May be NULL if
     * nothing is ever appended. */
    bool (*text)(void *context, const char *bytes, size_t n);
    bool in_order; /* `packet` is called in the order of the packets, never two at once */
} lamna_work;

enum { LAMNA_THREADS_MOST = 64 };

/*
 * The whole run at once, with so many threads (0: one for each core). What comes out is the same for any
 * number of them. Only files can be shared; of other sources the packets come one by one. *matched, which
 * may be NULL, is how many packets matched. Returns what the last lamna_run_next() would have; also
 * LAMNA_STOPPED where work->text ended it.
 */
LAMNA_API lamna_status lamna_run_all(lamna_run *run, unsigned threads, const lamna_work *work,
                                     uint64_t *matched, lamna_error *err);

/* Appends, in lines, how the filter will be answered: the level it needs, what it reads, what is tested on
 * header bytes first, and the program. */
LAMNA_API lamna_status lamna_query_explain(lamna_query *q, lamna_text *text, lamna_error *err);
/* Appends, in lines, how the run has read the packets, and what its parts cost; after its end. */
LAMNA_API void lamna_run_explain(const lamna_run *run, lamna_text *text);
/* Appends a capture filter that passes every packet that the query may ask for. False, and nothing
 * appended, if it would pass all. */
LAMNA_API bool lamna_query_capture_filter(lamna_query *q, lamna_text *text);

/* Appends an item's value, as `tshark -T fields` writes it. */
LAMNA_API void lamna_item_value(const lamna_packet *packet, size_t item, lamna_text *text);
/* Appends the values of all items of a field, as lamna_item_value(), with commas between them. */
LAMNA_API void lamna_packet_field(const lamna_packet *packet, uint32_t field, lamna_text *text);
/* Appends an item's value as JSON: a number, true, false or a string. */
LAMNA_API void lamna_item_json(const lamna_packet *packet, size_t item, lamna_text *text);
/* Writes packets as JSON; for one thread at a time. NULL without memory. */
typedef struct lamna_json lamna_json;
LAMNA_API lamna_json *lamna_json_new(const lamna_registry *reg, lamna_error *err);
LAMNA_API void lamna_json_free(lamna_json *json);
/* Appends a packet as one JSON object: a key for each field in it, with a list where it occurs more than
 * once. */
LAMNA_API void lamna_packet_json(lamna_json *json, const lamna_packet *packet, lamna_text *text);
/* Appends an item's line of the tree. */
LAMNA_API void lamna_item_label(const lamna_packet *packet, size_t item, lamna_text *text);

typedef enum lamna_column {
    LAMNA_COLUMN_SOURCE,
    LAMNA_COLUMN_DESTINATION,
    LAMNA_COLUMN_PROTOCOL,
    LAMNA_COLUMN_INFO
} lamna_column;

/* Appends a column's text; nothing unless lamna_query_want_columns() was called. */
LAMNA_API void lamna_packet_column(const lamna_packet *packet, lamna_column column, lamna_text *text);

/* ---- Reports: tables made from the packets of a run ------------------------------------------- */

typedef struct lamna_report lamna_report;

typedef enum lamna_cell_type {
    LAMNA_CELL_NONE,     /* nothing is known */
    LAMNA_CELL_COUNT,    /* u */
    LAMNA_CELL_BYTES,    /* u */
    LAMNA_CELL_NUMBER,   /* d */
    LAMNA_CELL_TIME,     /* i: nanoseconds since 1970 */
    LAMNA_CELL_DURATION, /* i: nanoseconds */
    LAMNA_CELL_TEXT      /* text, with a final NUL */
} lamna_cell_type;

typedef struct lamna_cell {
    lamna_cell_type type;
    union {
        uint64_t u;
        int64_t i;
        double d;
        const char *text; /* valid until another row is asked for */
    } value;
} lamna_cell;

typedef struct lamna_report_column {
    const char *name; /* for programs: "retransmissions_out" */
    const char *title; /* for people */
    lamna_cell_type type;
} lamna_report_column;

enum { LAMNA_INTERVAL_AUTO = -1 };

typedef struct lamna_report_options {
    const char *layer;   /* conversations and endpoints: "eth", "ip" (the default), "tcp" or "udp" */
    const char *by;      /* http: "exchange" (the default), "connection" or "host"; dns: "exchange", "name"
                          * or "summary" */
    int64_t interval_ns; /* io: 0 is one second; LAMNA_INTERVAL_AUTO: such that there are 10 to 60 rows */
    /*
     * io: what is told of each interval, as texts:
     *
     *     [NAME: ] packets | bytes | bits | FUNCTION(FIELD)  [where FILTER]
     *     [NAME: ] FILTER                                    packets that match
     *
     * FUNCTION is sum, avg, min, max or count. None: packets, bytes and bits a second.
     */
    const char *const *series;
    size_t series_count;
    const lamna_names *names; /* that the filters of series may use; or NULL */
    /* findings: gives the sentence in the reader's language, as gettext() does; NULL: English. */
    const char *(*translate)(const char *english);
} lamna_report_options;

/* The kinds there are, in order: "conversations", ...; NULL behind the last. */
LAMNA_API const char *lamna_report_kind(size_t number, const char **summary);
/* A report of that kind, empty. `options` may be NULL. LAMNA_ERR_ARGUMENT if there is no such kind. */
LAMNA_API lamna_report *lamna_report_new(const lamna_registry *reg, const char *kind,
                                         const lamna_report_options *options, lamna_error *err);
LAMNA_API void lamna_report_free(lamna_report *report);
/* Asks the query for what the report needs; before its run begins. A report on whole exchanges (http, dns)
 * takes the query's filter for itself: it must see every packet, and tells of exchanges with one that
 * matches. */
LAMNA_API lamna_status lamna_report_ask(lamna_report *report, lamna_query *q, lamna_error *err);
/* Takes a packet that the run gave. */
LAMNA_API void lamna_report_add(lamna_report *report, const lamna_packet *packet);
/* Tells how many packets the capture itself lost (lamna_source_stats_get()); before the rows are made. */
LAMNA_API void lamna_report_dropped(lamna_report *report, uint64_t packets);
/* Of findings alone, while packets come: the rows become those that arose since the last call. `now_ns`
 * is the time, for what is found because nothing came, or 0: that of the last packet. LAMNA_ERR_ARGUMENT
 * if it is another kind of report; LAMNA_ERR_MEMORY. */
LAMNA_API lamna_status lamna_report_news(lamna_report *report, int64_t now_ns, lamna_error *err);
/* Makes all rows. LAMNA_ERR_MEMORY if there was not enough on the way. */
LAMNA_API lamna_status lamna_report_finish(lamna_report *report, lamna_error *err);

LAMNA_API size_t lamna_report_columns(const lamna_report *report);
LAMNA_API const lamna_report_column *lamna_report_column_at(const lamna_report *report, size_t column);
LAMNA_API size_t lamna_report_rows(const lamna_report *report);
LAMNA_API lamna_cell lamna_report_cell(const lamna_report *report, size_t row, size_t column);

/* ---- Following: what connections carried -------------------------------------------------------- */

typedef struct lamna_follow lamna_follow;

/* Some bytes of one direction of a flow, in order; or a message. */
typedef struct lamna_chunk {
    uint32_t stream;     /* tcp.stream or udp.stream */
    bool from_server;    /* sent by the end that did not open the flow */
    uint64_t missing;    /* bytes that the capture does not have, right before these */
    uint64_t packet;     /* that they came in */
    int64_t time_ns;     /* of that packet */
    const uint8_t *data; /* borrowed for the call */
    size_t length;       /* 0 where only bytes are missing */
    int64_t since_ns;    /* from the flow's first packet to that one */
    const uint8_t *head; /* of HTTP: start line and headers; `data` is the body then */
    size_t head_length;
    bool cut_short; /* of HTTP: the connection ended, with that packet, before all of the message had come */
} lamna_chunk;

/*
 * Puts the bytes of TCP connections in order ("tcp"), gives UDP datagrams as they come ("udp"), or HTTP messages
 * with their bodies put together from chunks and decoded ("http"): `protocol` says which.
 *
 * What overtook something is held back until that comes, or its receiver has acknowledged it: at most 1 MiB a
 * direction, and 256 MiB in all. Of bytes that come twice, the ones that were given first stay, whatever the
 * others say; of those that wait, the segment that begins first, and of two that begin alike the one that came
 * first. `chunk` is called from lamna_follow_add() and lamna_follow_end().
 */
LAMNA_API lamna_follow *lamna_follow_new(const lamna_registry *reg, const char *protocol,
                                         void (*chunk)(void *context, const lamna_chunk *chunk),
                                         void *context, lamna_error *err);
LAMNA_API void lamna_follow_free(lamna_follow *follow);
/* Asks the query for what is needed; before its run begins. */
LAMNA_API lamna_status lamna_follow_ask(lamna_follow *follow, lamna_query *q, lamna_error *err);
LAMNA_API void lamna_follow_add(lamna_follow *follow, const lamna_packet *packet);
/* Gives what was held back. LAMNA_ERR_MEMORY if there was not enough on the way. */
LAMNA_API lamna_status lamna_follow_end(lamna_follow *follow, lamna_error *err);

#ifdef __cplusplus
}
#endif
#endif
