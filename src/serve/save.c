/* Remarks on packets, and copies of a capture that hold them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "serve/files.h"
#include "serve/jobs.h"
#include "serve/remarks.h"

void answer_remarks(struct request *r)
{
    const char *path = request_capture(r);
    if (path == NULL)
        return;
    put(r->out, "{\"remarks\":[");
    remarks_put(r->server->remarks, path, r->out);
    put(r->out, "]}");
}

void answer_remark(struct request *r)
{
    uint64_t number, marked;
    lamna_error err = {0};
    const char *path = request_capture(r), *comment = request_text(r, "comment");
    if (path == NULL || !request_number(r, "number", UINT64_MAX, 0, &number) ||
        !request_number(r, "marked", 1, 0, &marked))
        return;
    if (number == 0)
        answer_message(r, MHD_HTTP_BAD_REQUEST, "number says of which packet");
    else if (remarks_set(r->server->remarks, path, number, marked != 0,
                         comment != NULL ? comment : "", &err) != LAMNA_OK)
        answer_error(r, &err);
    else
        put(r->out, "{}");
}

/* ---- Saving ---------------------------------------------------------------------------------------- */

static lamna_status copy_packets(const struct request *r, const char *path, struct job *job,
                                 lamna_writer *writer, lamna_error *err)
{
    char comment[COMMENT_MOST + 1];
    const lamna_packet *packet;
    lamna_status status = LAMNA_OK;
    while (status == LAMNA_OK && (status = lamna_run_next(job->run, &packet, err)) == LAMNA_OK) {
        const lamna_packet_info *info = lamna_packet_get_info(packet);
        bool noted = remarks_comment(r->server->remarks, path, info->number, comment);
        status = lamna_writer_write_commented(writer, info, noted ? comment : NULL, err);
    }
    if (status == LAMNA_STOPPED)
        return fail(err, status, "the server ends");
    return status == LAMNA_END || status == LAMNA_ERR_TRUNCATED ? LAMNA_OK : status;
}

/* What the writer keeps of a capture passes by while that is read from its beginning to its end: no index is used. */
static lamna_status copy(const struct request *r, const char *path, int file, lamna_error *err)
{
    char name[32];
    struct job job;
    lamna_writer *writer = NULL;
    (void)snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    lamna_status status = job_open(&job, r->server, path, request_text(r, "filter"), err);
    if (status == LAMNA_OK) {
        lamna_query_index(job.query, NULL);
        status = job_start(&job, err);
    }
    if (status == LAMNA_OK) {
        writer = lamna_writer_open(name, LAMNA_PCAPNG, job.source, err);
        status = writer != NULL ? copy_packets(r, path, &job, writer, err) : err->status;
    }
    lamna_status closed = lamna_writer_close(writer, status == LAMNA_OK ? err : NULL);
    job_close(&job);
    return status != LAMNA_OK ? status : closed;
}

void answer_save(struct request *r)
{
    lamna_error err = {0};
    const char *path = request_capture(r);
    if (path == NULL)
        return;
    int file = file_nameless();
    lamna_status status = file >= 0 ? copy(r, path, file, &err)
                                    : fail(&err, LAMNA_ERR_IO,
                                           "cannot make a file for the copy: %s", strerror(errno));
    if (status == LAMNA_OK) {
        r->file = file;
        return;
    }
    answer_error(r, &err);
    if (file >= 0)
        (void)close(file);
}
