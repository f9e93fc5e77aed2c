/*
 * mhd: libmicrohttpd, loaded by `lamna web` alone. Linked, it would be loaded with some fifteen libraries that it stands
 * on by every command, which takes longer than a small capture; and who has not got it could count no packets.
 *
 * Its functions have the names of microhttpd.h, but for the one that begins: that takes any number of arguments, and so
 * cannot be handed on.
 */
#ifndef SERVE_MHD_H
#define SERVE_MHD_H

#include <microhttpd.h>

#include "lamna.h"

/* Before any other. LAMNA_ERR_UNSUPPORTED, with a hint, if the library is not there. */
lamna_status mhd_load(lamna_error *err);
__typeof__(&MHD_start_daemon) mhd_start_daemon(void);

#endif
