#include "serve/jobs.h"

#include <stdlib.h>

#include "serve/indexes.h"

enum { AT_ONCE = 4 };

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t left;
    struct job *first; /* those under way, linked */
    unsigned count;
    bool stopping;
};

struct jobs *jobs_new(void)
{
    struct jobs *jobs = calloc(1, sizeof *jobs);
    if (jobs != NULL) {
        (void)pthread_mutex_init(&jobs->lock, NULL);
        (void)pthread_cond_init(&jobs->left, NULL);
    }
    return jobs;
}

void jobs_free(struct jobs *jobs)
{
    if (jobs == NULL)
        return;
    (void)pthread_cond_destroy(&jobs->left);
    (void)pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

void jobs_stop(struct jobs *jobs)
{
    (void)pthread_mutex_lock(&jobs->lock);
    jobs->stopping = true;
    for (struct job *job = jobs->first; job != NULL; job = job->next)
        lamna_source_stop(job->source);
    (void)pthread_cond_broadcast(&jobs->left);
    (void)pthread_mutex_unlock(&jobs->lock);
}

/* Waits until there are few enough. False: the server ends. */
static bool enter(struct jobs *jobs, struct job *job)
{
    (void)pthread_mutex_lock(&jobs->lock);
    while (jobs->count >= AT_ONCE && !jobs->stopping)
        (void)pthread_cond_wait(&jobs->left, &jobs->lock);
    bool may = !jobs->stopping;
    if (may) {
        jobs->count++;
        job->jobs = jobs;
        job->next = jobs->first;
        jobs->first = job;
    }
    (void)pthread_mutex_unlock(&jobs->lock);
    return may;
}

static void leave(struct job *job)
{
    struct jobs *jobs = job->jobs;
    (void)pthread_mutex_lock(&jobs->lock);
    struct job **at = &jobs->first;
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    jobs->count--;
    (void)pthread_cond_signal(&jobs->left);
    (void)pthread_mutex_unlock(&jobs->lock);
}

lamna_status job_open(struct job *job, const struct server *server, const char *path,
                      const char *filter, lamna_error *err)
{
    *job = (struct job){0};
    job->query = query_new(server, filter, err);
    if (job->query == NULL)
        return err->status;
    job->source = lamna_source_open(path, NULL, err);
    if (job->source == NULL)
        return err->status;
    job->index = indexes_open(server, path, job->source);
    lamna_query_index(job->query, job->index);
    return enter(server->jobs, job) ? LAMNA_OK : fail(err, LAMNA_STOPPED, "the server ends");
}

lamna_status job_start(struct job *job, lamna_error *err)
{
    job->run = lamna_run_new(job->query, job->source, err);
    return job->run == NULL ? err->status : LAMNA_OK;
}

struct feeding {
    void (*take)(void *context, const lamna_packet *packet);
    void *context;
};

static void feed(void *feeding, unsigned thread, const lamna_packet *packet, lamna_text *out)
{
    const struct feeding *f = feeding;
    (void)thread, (void)out;
    f->take(f->context, packet);
}

lamna_status job_feed(struct job *job, void (*take)(void *context, const lamna_packet *packet),
                      void *context, lamna_error *err)
{
    struct feeding feeding = {take, context};
    lamna_work work = {.context = &feeding, .packet = feed, .in_order = true};
    lamna_status status = job_start(job, err);
    if (status == LAMNA_OK)
        status = lamna_run_all(job->run, 0, &work, NULL, err);
    if (status == LAMNA_STOPPED)
        return fail(err, status, "the server ends");
    return status == LAMNA_END || status == LAMNA_ERR_TRUNCATED ? LAMNA_OK : status;
}

void job_close(struct job *job)
{
    if (job->jobs != NULL)
        leave(job);
    lamna_run_free(job->run);
    lamna_index_close(job->index);
    lamna_source_close(job->source);
    lamna_query_free(job->query);
}
