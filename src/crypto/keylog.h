/*
 * keylog: the secrets of connections, as browsers, curl and others write them down where
 * SSLKEYLOGFILE names a file, and as pcapng's Decryption Secrets Blocks carry them: lines
 *
 *     CLIENT_RANDOM <client random> <master secret>
 *     SERVER_TRAFFIC_SECRET_0 <client random> <secret>
 *     RSA Session-ID:<session ID> Master-Key:<master secret>
 *
 * in hex (draft-ietf-tls-keylogfile). Lines that say nothing known are passed over.
 */
#ifndef CRYPTO_KEYLOG_H
#define CRYPTO_KEYLOG_H

#include <stdio.h>

#include "base/error.h"
#include "base/map.h"

enum secret_kind {
    SECRET_CHANGES, /* none, but keylog_changes() as a number: struct flow_hook's secret() knows it */
    /* By the client's random. */
    SECRET_MASTER,    /* CLIENT_RANDOM: of TLS up to 1.2 */
    SECRET_PREMASTER, /* PMS_CLIENT_RANDOM */
    SECRET_CLIENT_EARLY,
    SECRET_CLIENT_HANDSHAKE,
    SECRET_SERVER_HANDSHAKE,
    SECRET_CLIENT_TRAFFIC,
    SECRET_SERVER_TRAFFIC,
    SECRET_EARLY_EXPORTER,
    SECRET_EXPORTER,
    /* By other things. */
    SECRET_RSA_PREMASTER, /* RSA: by the first 8 bytes of the encrypted premaster secret */
    SECRET_SESSION,       /* a master secret, by the session's ID */
    SECRET_TICKET         /* a master secret, by SHA-256 of the session's ticket */
};

enum { SECRET_ID_MAX = 32, SECRET_MAX = 64 };

struct secret {
    uint8_t length;
    uint8_t bytes[SECRET_MAX];
};

struct keylog {
    struct map map;         /* of what is found by what */
    struct secret *secrets; /* owned; by number in the map */
    uint32_t capacity;
    uint32_t changes;          /* how often something was added: who found nothing may look again */
    FILE *file;                /* owned; more may be written to it; or NULL */
    const struct keylog *more; /* where to look besides; or NULL */
};

void keylog_init(struct keylog *log);
void keylog_free(struct keylog *log);

/* Reads a file, and keeps it open: keylog_refresh() reads what was added since. */
lamna_status keylog_open(struct keylog *log, const char *path, lamna_error *err);
void keylog_refresh(struct keylog *log);
/* Lines of text. What follows the last end of a line is taken for a line too. */
void keylog_add_text(struct keylog *log, const char *text, size_t n);
/* Replaces what was there. */
void keylog_add(struct keylog *log, enum secret_kind kind, const uint8_t *id, size_t id_n,
                const uint8_t *secret, size_t n);

/* Are there any secrets? */
bool keylog_any(const struct keylog *log);
/* Changes whenever something is added that keylog_find() may find. */
uint32_t keylog_changes(const struct keylog *log);
/* NULL: it is not known. Valid until something is added. */
const struct secret *keylog_find(const struct keylog *log, enum secret_kind kind, const uint8_t *id,
                                 size_t id_n);

#endif
