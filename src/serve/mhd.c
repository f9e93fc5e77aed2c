#include "serve/mhd.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "serve/server.h"

static const char library_name[] = "libmicrohttpd.so.12";

/* Set once, before the first request. */
static struct {
    __typeof__(&MHD_start_daemon) start_daemon;
    __typeof__(&MHD_stop_daemon) stop_daemon;
    __typeof__(&MHD_get_daemon_info) get_daemon_info;
    __typeof__(&MHD_lookup_connection_value) lookup_connection_value;
    __typeof__(&MHD_get_connection_values) get_connection_values;
    __typeof__(&MHD_create_response_from_buffer) create_response_from_buffer;
    __typeof__(&MHD_create_response_from_fd64) create_response_from_fd64;
    __typeof__(&MHD_add_response_header) add_response_header;
    __typeof__(&MHD_queue_response) queue_response;
    __typeof__(&MHD_destroy_response) destroy_response;
} mhd;

/* dlsym() gives a pointer to an object, and C has no cast from there to a function. */
static bool find(void *library, const char *name, void *function)
{
    void *symbol = dlsym(library, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

lamna_status mhd_load(lamna_error *err)
{
    if (mhd.start_daemon != NULL)
        return LAMNA_OK;
    void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
    if (library != NULL && find(library, "MHD_stop_daemon", &mhd.stop_daemon) &&
        find(library, "MHD_get_daemon_info", &mhd.get_daemon_info) &&
        find(library, "MHD_lookup_connection_value", &mhd.lookup_connection_value) &&
        find(library, "MHD_get_connection_values", &mhd.get_connection_values) &&
        find(library, "MHD_create_response_from_buffer", &mhd.create_response_from_buffer) &&
        find(library, "MHD_create_response_from_fd64", &mhd.create_response_from_fd64) &&
        find(library, "MHD_add_response_header", &mhd.add_response_header) &&
        find(library, "MHD_queue_response", &mhd.queue_response) &&
        find(library, "MHD_destroy_response", &mhd.destroy_response) &&
        find(library, "MHD_start_daemon", &mhd.start_daemon))
        return LAMNA_OK;
    (void)fail(err, LAMNA_ERR_UNSUPPORTED, "the window needs %s, which cannot be loaded: %s",
               library_name, dlerror());
    (void)snprintf(err->hint, sizeof err->hint, "on Debian: apt install libmicrohttpd12");
    return LAMNA_ERR_UNSUPPORTED;
}

__typeof__(&MHD_start_daemon) mhd_start_daemon(void)
{
    return mhd.start_daemon;
}

void MHD_stop_daemon(struct MHD_Daemon *daemon)
{
    mhd.stop_daemon(daemon);
}

const union MHD_DaemonInfo *MHD_get_daemon_info(struct MHD_Daemon *daemon,
                                                enum MHD_DaemonInfoType type, ...)
{
    return mhd.get_daemon_info(daemon, type);
}

const char *MHD_lookup_connection_value(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                                        const char *key)
{
    return mhd.lookup_connection_value(connection, kind, key);
}

int MHD_get_connection_values(struct MHD_Connection *connection, enum MHD_ValueKind kind,
                              MHD_KeyValueIterator iterator, void *iterator_cls)
{
    return mhd.get_connection_values(connection, kind, iterator, iterator_cls);
}

struct MHD_Response *MHD_create_response_from_buffer(size_t size, void *buffer,
                                                     enum MHD_ResponseMemoryMode mode)
{
    return mhd.create_response_from_buffer(size, buffer, mode);
}

struct MHD_Response *MHD_create_response_from_fd64(uint64_t size, int fd)
{
    return mhd.create_response_from_fd64(size, fd);
}

enum MHD_Result MHD_add_response_header(struct MHD_Response *response, const char *header,
                                        const char *content)
{
    return mhd.add_response_header(response, header, content);
}

enum MHD_Result MHD_queue_response(struct MHD_Connection *connection, unsigned int status_code,
                                   struct MHD_Response *response)
{
    return mhd.queue_response(connection, status_code, response);
}

void MHD_destroy_response(struct MHD_Response *response)
{
    mhd.destroy_response(response);
}
