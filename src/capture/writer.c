#include "capture/writer.h"

#include <stdlib.h>

#include "base/error.h"

lamna_status writer_result(const lamna_writer *w, lamna_error *err)
{
    if (w->out.status != LAMNA_OK && err != NULL)
        *err = w->out.error;
    return w->out.status;
}

static const struct writer_ops *writer_choose(lamna_format format, const lamna_source *src)
{
    if (format != LAMNA_PCAPNG)
        return &writer_pcap;
    return src->pcapng ? &writer_keep : &writer_pcapng;
}

/* After an error nothing more is written, so closing cannot fail in a new way. */
static void writer_abandon(lamna_writer *w)
{
    if (w->listening)
        source_unlisten(w->src, &w->listener);
    w->out.used = 0;
    (void)output_close(&w->out, NULL);
    free(w);
}

lamna_writer *lamna_writer_open(const char *path, lamna_format format, lamna_source *src,
                                lamna_error *err)
{
    if (path == NULL || *path == '\0' || format > LAMNA_PCAPNG) {
        (void)error_set(err, LAMNA_ERR_ARGUMENT,
                        format > LAMNA_PCAPNG ? "no such format" : "no file name given");
        return NULL;
    }
    lamna_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        (void)error_memory(err);
        return NULL;
    }
    w->ops = writer_choose(format, src);
    w->src = src;
    w->fraction_ns = format == LAMNA_PCAP_NS ? 1 : 1000;
    if (output_open(&w->out, path, src->input.raw.fd, err) != LAMNA_OK) {
        free(w);
        return NULL;
    }
    if (w->ops->begin(w, err) != LAMNA_OK) {
        writer_abandon(w);
        return NULL;
    }
    return w;
}

lamna_status lamna_writer_write(lamna_writer *w, const lamna_packet_info *packet, lamna_error *err)
{
    return lamna_writer_write_commented(w, packet, NULL, err);
}

lamna_status lamna_writer_write_commented(lamna_writer *w, const lamna_packet_info *packet,
                                          const char *comment, lamna_error *err)
{
    if (packet->number != w->src->packets)
        return error_set(err, LAMNA_ERR_ARGUMENT,
                         "packet %llu is not the last one read: its bytes are gone",
                         (unsigned long long)packet->number);
    return w->ops->packet(w, packet, comment, err);
}

lamna_status lamna_writer_flush(lamna_writer *w, lamna_error *err)
{
    (void)output_flush(&w->out);
    return writer_result(w, err);
}

lamna_status lamna_writer_close(lamna_writer *w, lamna_error *err)
{
    if (w == NULL)
        return LAMNA_OK;
    if (w->listening)
        source_unlisten(w->src, &w->listener);
    lamna_status status = w->ops->end(w, err);
    lamna_status closed = output_close(&w->out, status == LAMNA_OK ? err : NULL);
    free(w);
    return status != LAMNA_OK ? status : closed;
}
