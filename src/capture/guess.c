#include "capture/guess.h"

#include <string.h>

#include "base/bytes.h"
#include "base/error.h"

struct guess {
    const char *bytes;
    size_t n;
    const char *what;
    bool tool; /* tools exist that convert it to pcapng */
};

#define GUESS(bytes, what, tool)                                                                   \
    {                                                                                              \
        bytes, sizeof(bytes) - 1, what, tool                                                       \
    }

/* How other formats begin. */
static const struct guess guesses[] = {
    GUESS("RTSS", "a Microsoft Network Monitor 1 capture", true),
    GUESS("GMBU", "a Microsoft Network Monitor 2 capture", true),
    GUESS("snoop\0\0\0", "a Sun snoop capture", true),
    GUESS("TRSNIFF data    \x1a", "a Sniffer capture", true),
    GUESS("XCP\0", "a Sniffer capture", true),
    GUESS("iptrace ", "an AIX iptrace capture", true),
    GUESS("btsnoop\0", "a btsnoop capture", true),
    GUESS("\x54\x00\x05\x00", "an HP-UX nettl capture", true),
    GUESS("\0\0\0\0\0\0\0\0btmon", "a Bluetooth monitor capture", true),
    GUESS("\x7fver", "a WildPackets capture", true),
    GUESS("\xfd"
          "7zXZ\0",
          "a file compressed with xz", false),
    GUESS("BZh", "a file compressed with bzip2", false),
    GUESS("PK\3\4", "a zip archive", false),
    GUESS("\x1f\x9d", "a file compressed with compress(1)", false),
    GUESS("\x02\x21\x4c\x18", "a file compressed with lz4's legacy format", false),
    GUESS("\x7f"
          "ELF",
          "a program", false),
    GUESS("{", "JSON text", false),
    GUESS("<?xml", "XML text", false),
    GUESS("<!DOCTYPE", "a web page", false),
    GUESS("<html", "a web page", false),
};

/* Endace's ERF has no magic: 8 bytes of time, a type, flags, the record's length, the packet's. */
static bool guess_is_erf(const uint8_t *b, size_t n)
{
    if (n < 16)
        return false;
    unsigned type = b[8] & 0x7f, record = be16(b + 10);
    uint32_t seconds = le32(b + 4);
    return type >= 1 && type <= 48 && record >= 16 && be16(b + 14) > 0 && seconds > 631152000u;
}

static const struct guess *guess_by_magic(const uint8_t *b, size_t n)
{
    for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
        if (n >= guesses[i].n && memcmp(b, guesses[i].bytes, guesses[i].n) == 0)
            return &guesses[i];
    }
    static const struct guess erf = {"", 0, "an Endace ERF capture", true};
    return guess_is_erf(b, n) ? &erf : NULL;
}

static lamna_status guess_empty(lamna_source *src)
{
    (void)error_set(&src->error, LAMNA_ERR_FORMAT, "%s is empty", src->path);
    return error_hint(&src->error, "even a capture without packets has a header: was the program "
                                   "that wrote it stopped before it began?");
}

lamna_status guess_format(lamna_source *src)
{
    struct input *in = &src->input;
    (void)input_need(in, 17);
    if (in->status != LAMNA_OK && in->status != LAMNA_END) {
        src->error = in->error;
        return in->status;
    }
    size_t n = input_available(in);
    if (n == 0)
        return guess_empty(src);
    const struct guess *guess = guess_by_magic(in->window + in->begin, n);
    if (guess == NULL) {
        (void)error_set(&src->error, LAMNA_ERR_FORMAT, "%s is not a pcap or pcapng capture",
                        src->path);
        return error_hint(&src->error, "file(1) may know what it is");
    }
    (void)error_set(&src->error, LAMNA_ERR_FORMAT,
                    "%s is not a pcap or pcapng capture: it looks like %s", src->path, guess->what);
    if (guess->tool)
        return error_hint(&src->error, "editcap can convert it: editcap -F pcapng IN OUT");
    return LAMNA_ERR_FORMAT;
}
