/*
 * ber: the Basic Encoding Rules of ASN.1 (ITU-T X.690), one value at a time:
 *
 *     | class, constructed, tag | length | contents |
 *
 * A tag above 30 and a length above 127 take more bytes. A length may be left open: then the
 * contents end with two zero bytes.
 */
#ifndef DISSECT_BER_H
#define DISSECT_BER_H

#include "dissect/packet.h"

enum ber_class { BER_UNIVERSAL, BER_APPLICATION, BER_CONTEXT, BER_PRIVATE };

enum ber_tag {
    BER_BOOLEAN = 1,
    BER_INTEGER,
    BER_BIT_STRING,
    BER_OCTET_STRING,
    BER_NULL,
    BER_OID,
    BER_ENUMERATED = 10,
    BER_UTF8_STRING = 12,
    BER_SEQUENCE = 16,
    BER_SET,
    BER_UTC_TIME = 23,
    BER_GENERALIZED_TIME
};

struct ber {
    enum ber_class class;
    bool constructed;
    uint32_t tag;
    uint32_t start;  /* offset of the first byte */
    uint32_t length; /* of the contents, captured or not */
    struct cursor contents;
};

/* Reads the next value and moves c past it. False, and a fault in c, if there is none. Where the
 * contents are longer than c, so is what they claim, and reading on in them is a fault. */
bool ber_next(struct cursor *c, struct ber *b);
/* What the next value is, without moving; false if not even its tag is there. */
bool ber_peek(const struct cursor *c, enum ber_class *class, uint32_t *tag);
/* The next value, if it is of that universal tag; else a fault in c. */
bool ber_expect(struct cursor *c, uint32_t tag, struct ber *b);
/* The contents as a signed number; of more than 8 bytes, the last. */
int64_t ber_integer(const struct ber *b);

/* Reads an INTEGER (or what is tagged like one) into a field of any integer type. */
int64_t put_ber_integer(struct packet *p, struct cursor *c, unsigned field);
/* Reads a value and notes its contents: strings, OIDs. Its length is in *b, if that is not NULL. */
const uint8_t *put_ber_bytes(struct packet *p, struct cursor *c, unsigned field, struct ber *b);

#endif
