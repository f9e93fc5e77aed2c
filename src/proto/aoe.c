/*
 * aoe: ATA over Ethernet.
 *
 *     | version 4 bits | flags 4 bits | error 1 | major 2 | minor 1 | command 1 | tag 4 |
 *     ATA:    | flags 1 | error or feature 1 | sector count 1 | command or status 1 | LBA 6 | ... |
 *     config: plain data
 */
#include "dissect/packet.h"

static const struct value_name command_names[] = {VALUE(0, "Issue ATA Command"),
                                                  VALUE(1, "Query Config Information"), VALUES_END};
static const struct value_name error_names[] = {
    VALUE(1, "Unrecognized command code"), VALUE(2, "Bad argument parameter"),
    VALUE(3, "Device unavailable"),        VALUE(4, "Config string present"),
    VALUE(5, "Unsupported version"),       VALUES_END};
static const struct value_name response_names[] = {VALUE(0, "Request"), VALUE(1, "Response"),
                                                   VALUES_END};
static const struct value_name failed_names[] = {VALUE(0, "No error"), VALUE(1, "Error"),
                                                 VALUES_END};
static const struct value_name lba48_names[] = {VALUE(0, "Normal command"),
                                                VALUE(1, "LBA48 extended command"), VALUES_END};
static const struct value_name async_names[] = {VALUE(0, "synchronous write"),
                                                VALUE(1, "ASYNCHRONOUS Write"), VALUES_END};
static const struct value_name write_names[] = {VALUE(0, "No write to device"),
                                                VALUE(1, "WRITE to the device"), VALUES_END};
static const struct value_name ata_names[] = {VALUE(0x0, "NOP"),
                                              VALUE(0x8, "Atapi soft reset"),
                                              VALUE(0x10, "Recalibrate"),
                                              VALUE(0x20, "Read sectors (with retry)"),
                                              VALUE(0x21, "Read sectors (no retry)"),
                                              VALUE(0x22, "Read long (with retry)"),
                                              VALUE(0x23, "Read long (no retry)"),
                                              VALUE(0x24, "Read ext"),
                                              VALUE(0x30, "Write sectors (with retry)"),
                                              VALUE(0x31, "Write sectors (no retry)"),
                                              VALUE(0x32, "Write long (with retry)"),
                                              VALUE(0x33, "Write long (no retry)"),
                                              VALUE(0x34, "Write ext"),
                                              VALUE(0x3c, "Write verify"),
                                              VALUE(0x40, "Read verify sectors (with retry)"),
                                              VALUE(0x41, "Read verify sectors (no retry)"),
                                              VALUE(0x50, "Format track"),
                                              VALUE(0x70, "Seek"),
                                              VALUE(0x90, "Execute device diagnostics"),
                                              VALUE(0x91, "Initialize device parameters"),
                                              VALUE(0x92, "Download microcode"),
                                              VALUE(0x94, "Standy immediate"),
                                              VALUE(0x95, "Idle immediate"),
                                              VALUE(0x96, "Standby"),
                                              VALUE(0x97, "Idle"),
                                              VALUE(0x98, "Check power mode"),
                                              VALUE(0x99, "Sleep"),
                                              VALUE(0xa0, "Atapi packet"),
                                              VALUE(0xa1, "Atapi identify device"),
                                              VALUE(0xa2, "Atapi service"),
                                              VALUE(0xb0, "Smart"),
                                              VALUE(0xc4, "Read multiple"),
                                              VALUE(0xc5, "Write multiple"),
                                              VALUE(0xc6, "Set multiple mode"),
                                              VALUE(0xc8, "Read dma (with retry)"),
                                              VALUE(0xc9, "Read dma (no retry)"),
                                              VALUE(0xca, "Write dma (with retry)"),
                                              VALUE(0xcb, "Write dma (no retry)"),
                                              VALUE(0xde, "Door lock"),
                                              VALUE(0xdf, "Door unlock"),
                                              VALUE(0xe0, "Standy immediate"),
                                              VALUE(0xe1, "Idle immediate"),
                                              VALUE(0xe2, "Standby"),
                                              VALUE(0xe3, "Idle"),
                                              VALUE(0xe4, "Read buffer"),
                                              VALUE(0xe5, "Check power mode"),
                                              VALUE(0xe6, "Sleep"),
                                              VALUE(0xe8, "Write buffer"),
                                              VALUE(0xec, "Identify Device"),
                                              VALUE(0xed, "Media eject"),
                                              VALUE(0xee, "Identify device dma"),
                                              VALUE(0xef, "Set features"),
                                              VALUE(0xf1, "Security set password"),
                                              VALUE(0xf2, "Security unlock"),
                                              VALUE(0xf3, "Security erase prepare"),
                                              VALUE(0xf4, "Security erase unit"),
                                              VALUE(0xf5, "Security freeze"),
                                              VALUE(0xf6, "Security disable password"),
                                              VALUES_END};

#define FIELDS(X)                                                                                  \
    X(VERSION, "aoe.version", "Version", UINT8, DEC, 0, NULL)                                      \
    X(RESPONSE, "aoe.response", "Response flag", BOOLEAN, 8, 0x08, response_names)                 \
    X(FAILED, "aoe.flags_error", "Error flag", BOOLEAN, 8, 0x04, failed_names)                     \
    X(ERROR, "aoe.error", "Error", UINT8, DEC, 0, error_names)                                     \
    X(MAJOR, "aoe.major", "Major", UINT16, HEX, 0, NULL)                                           \
    X(MINOR, "aoe.minor", "Minor", UINT8, HEX, 0, NULL)                                            \
    X(COMMAND, "aoe.cmd", "Command", UINT8, DEC, 0, command_names)                                 \
    X(TAG, "aoe.tag", "Tag", UINT32, HEX, 0, NULL)                                                 \
    X(LBA48, "aoe.aflags.e", "E", BOOLEAN, 8, 0x40, lba48_names)                                   \
    X(DEVICE, "aoe.aflags.d", "D", BOOLEAN, 8, 0x10, NULL)                                         \
    X(ASYNC, "aoe.aflags.a", "A", BOOLEAN, 8, 0x02, async_names)                                   \
    X(WRITE, "aoe.aflags.w", "W", BOOLEAN, 8, 0x01, write_names)                                   \
    X(FEATURE, "aoe.err_feature", "Err/Feature", UINT8, HEX, 0, NULL)                              \
    X(SECTORS, "aoe.sector_count", "Sector Count", UINT8, DEC, 0, NULL)                            \
    X(ATA, "aoe.ata.cmd", "ATA Cmd", UINT8, HEX, 0, ata_names)                                     \
    X(STATUS, "aoe.ata.status", "ATA Status", UINT8, HEX, 0, NULL)                                 \
    X(LBA, "aoe.lba", "Lba", UINT64, HEX, 0, NULL)

FIELD_TABLE(FIELDS);

enum { IS_RESPONSE = 0x08, HAS_FAILED = 0x04, IS_LBA48 = 0x40, IS_WRITE = 0x01 };

static void dissect_ata(struct packet *p, struct cursor *c, bool response)
{
    uint32_t at = c->pos;
    const uint8_t *flags = cursor_take(c, 1);
    if (flags == NULL)
        return;
    put_bits(p, c, LBA48, at, 1, *flags);
    if ((*flags & IS_LBA48) != 0)
        put_bits(p, c, DEVICE, at, 1, *flags);
    if ((*flags & IS_WRITE) != 0)
        put_bits(p, c, ASYNC, at, 1, *flags);
    put_bits(p, c, WRITE, at, 1, *flags);
    (void)put_u8(p, c, FEATURE);
    (void)put_u8(p, c, SECTORS);
    (void)put_u8(p, c, response ? STATUS : ATA);
    const uint8_t *lba = cursor_take(c, 6); /* the lowest byte first */
    if (lba != NULL)
        put_uint(p, c, LBA, c->pos - 6, 6, le_n(lba, 6));
}

static void dissect(struct packet *p, struct cursor *c)
{
    uint32_t at = c->pos;
    const uint8_t *first = cursor_take(c, 1);
    if (first == NULL)
        return;
    put_uint(p, c, VERSION, at, 1, *first >> 4u);
    if (*first >> 4u != 1) {
        cursor_skip(c, cursor_captured(c));
        return;
    }
    bool response = (*first & IS_RESPONSE) != 0;
    put_flags(p, c, RESPONSE, 2, at, 1, *first);
    if ((*first & (IS_RESPONSE | HAS_FAILED)) == (IS_RESPONSE | HAS_FAILED))
        (void)put_u8(p, c, ERROR);
    else
        cursor_skip(c, 1);
    (void)put_u16(p, c, MAJOR);
    (void)put_u8(p, c, MINOR);
    uint8_t command = put_u8(p, c, COMMAND);
    (void)put_u32(p, c, TAG);
    const char *name = value_name_find(command_names, command);
    info_set(p, "%s%s", name != NULL ? name : "Unknown", response ? " Response" : " Request");
    if (command == 0 && c->fault == CURSOR_OK)
        dissect_ata(p, c, response);
    cursor_skip(c, cursor_captured(c));
}

static const struct binding bindings[] = {{"ethertype", 0x88a2}, {NULL, 0}};

const struct protocol proto_aoe = {.name = "aoe",
                                   .title = "ATAoverEthernet",
                                   .column = "AoE",
                                   FIELDS_OF_THIS_FILE,
                                   .bindings = bindings,
                                   .dissect = dissect};
