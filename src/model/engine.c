/* engine: model services that the gateway itself runs on this machine: started with the gateway or
 * when a backend with a command is added, watched, started again when they end, stopped with it.
 *
 *     STOPPED → started → asked for health every PROBE_MS → READY → asked every WATCH_MS
 *        ↑                                                     │ ended, or UNWELL_MOST bad answers
 *        └──────── after 1, 2, 4 … 60 s ───────────────────────┘
 *
 * Until it is ready nothing is sent to it; who asks waits. It runs in a process group of its own, so
 * that what it starts ends with it, and the kernel ends it when we are killed. The command is a
 * line for the shell, written by the owner of the office, who may run anything here anyway. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "model/model_private.h"

#define PROBE_MS 250
#define WATCH_MS 5000
#define GRACE_MS 5000 /* between SIGTERM and SIGKILL */
#define UNWELL_MOST 3
#define LONGEST_REST_MS 60000u
#define SECOND_US 1000000u

struct zd_model__engine {
    struct zd_gateway *gateway;
    int64_t key;
    char name[64];
    char *command;     /* as it runs; another one is another engine */
    struct zd_buf url; /* of its health */
    pid_t pid;         /* 0: not running */
    uint64_t begun_us, start_at_us, probe_at_us, kill_at_us; /* kill_at: 0 not being ended */
    uint32_t n_ended_in_row, n_unwell;
    bool is_ready, is_wanted;
    struct zd_upstream_call *probe;
    int status; /* of the probe */
};

static struct zd_model__engine *engine_of(struct zd_gateway *gateway, int64_t key)
{
    for (size_t i = 0; i < ZD_COUNT(gateway->engines); i++)
        if (gateway->engines[i] && gateway->engines[i]->key == key)
            return gateway->engines[i];
    return NULL;
}

static void set_ready(struct zd_model__engine *engine, bool ready)
{
    struct zd_model__health *health = zd_model__health_of(engine->gateway, engine->key);

    if (ready != engine->is_ready)
        zd_model__log(engine->gateway, "engine=%s pid=%d %s", engine->name, (int)engine->pid,
                      ready ? "ready" : "not ready");
    engine->is_ready = ready;
    if (health) {
        health->is_down = !ready;
        if (ready)
            zd_model__health_good(health);
    }
}

/* In the child: only what may be called between fork and exec. */
static void become(const char *command)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGPIPE, SIGHUP, SIGCHLD};
    int null = open("/dev/null", O_RDWR);
    sigset_t none;

    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < ZD_COUNT(signals); i++)
        (void)signal(signals[i], SIG_DFL);
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    if (null >= 0) {
        (void)dup2(null, STDIN_FILENO);
        (void)dup2(null, STDOUT_FILENO); /* ours tells people where we serve */
    }
    (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static void start(struct zd_model__engine *engine, uint64_t now_us)
{
    pid_t parent = getpid();
    pid_t pid = fork();

    if (pid == 0) {
        if (getppid() == parent)
            become(engine->command);
        _exit(127);
    }
    if (pid < 0) {
        engine->start_at_us = now_us + SECOND_US;
        return;
    }
    engine->pid = pid;
    engine->begun_us = now_us;
    engine->probe_at_us = now_us;
    engine->kill_at_us = 0;
    engine->n_unwell = 0;
    zd_model__log(engine->gateway, "engine=%s pid=%d started", engine->name, (int)pid);
}

/* Asks it to end; SIGKILL follows by the clock. */
static void end(struct zd_model__engine *engine, uint64_t now_us)
{
    if (engine->pid == 0 || engine->kill_at_us != 0)
        return;
    set_ready(engine, false);
    (void)kill(-engine->pid, SIGTERM);
    engine->kill_at_us = now_us + (uint64_t)GRACE_MS * 1000;
}

/* It has ended by itself, or because we asked. */
static void ended(struct zd_model__engine *engine, int status, uint64_t now_us)
{
    uint64_t rest_ms = (uint64_t)engine->gateway->limits.rest_ms
                       << (engine->n_ended_in_row < 6 ? engine->n_ended_in_row : 6);

    set_ready(engine, false);
    (void)kill(-engine->pid, SIGKILL); /* what it has left behind */
    if (engine->is_wanted)
        zd_model__log(engine->gateway, "engine=%s pid=%d ended %s=%d", engine->name,
                      (int)engine->pid, WIFSIGNALED(status) ? "signal" : "status",
                      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    if (now_us - engine->begun_us > 60u * SECOND_US) {
        engine->n_ended_in_row = 0;
        rest_ms = 0;
    }
    engine->n_ended_in_row++;
    engine->pid = 0;
    engine->start_at_us = now_us + (rest_ms < LONGEST_REST_MS ? rest_ms : LONGEST_REST_MS) * 1000;
}

static void on_probe_head(void *context, const struct zd_upstream_head *head)
{
    ((struct zd_model__engine *)context)->status = head->status;
}

static bool on_probe_bytes(void *context, struct zd_bytes bytes)
{
    (void)context;
    (void)bytes;
    return true;
}

static void on_probe_end(void *context, enum zd_upstream_result result)
{
    struct zd_model__engine *engine = context;
    bool well = result == ZD_UPSTREAM_DONE && engine->status >= 200 && engine->status < 300;
    uint64_t now = zd_clock_mono_us();

    engine->probe = NULL;
    engine->probe_at_us = now + (uint64_t)(well ? WATCH_MS : PROBE_MS) * 1000;
    if (engine->pid == 0 || engine->kill_at_us != 0)
        return;
    if (well) {
        engine->n_unwell = 0;
        set_ready(engine, true);
    } else if (engine->is_ready && ++engine->n_unwell >= UNWELL_MOST) {
        zd_model__log(engine->gateway, "engine=%s does not answer, starting again", engine->name);
        end(engine, now);
    }
}

static void probe(struct zd_model__engine *engine)
{
    const struct zd_upstream_request request = {
        .place = ZD_PLACE_ROOM,
        .url = (const char *)engine->url.p,
        .clocks = {.connect_ms = 1000, .first_byte_ms = 2000, .gap_ms = 2000, .total_ms = 4000},
        .context = engine,
        .on_head = on_probe_head,
        .on_bytes = on_probe_bytes,
        .on_end = on_probe_end,
    };

    engine->status = 0;
    if (zd_upstream_start(engine->gateway->upstream, &request, &engine->probe, NULL) != ZD_OK)
        engine->probe_at_us += SECOND_US;
}

static void engine_free(struct zd_model__engine *engine)
{
    zd_upstream_cancel(engine->probe);
    zd_buf_done(&engine->url);
    zd_free(engine->command);
    zd_free(engine);
}

static struct zd_model__engine *engine_new(struct zd_gateway *gateway,
                                           const struct zd_backend *backend)
{
    const struct zd_profile *profile = zd_profile_find(backend->profile);
    struct zd_model__engine *engine = zd_alloc(sizeof *engine);
    size_t n = backend->name.n < sizeof engine->name ? backend->name.n : sizeof engine->name - 1;

    if (!engine)
        return NULL;
    engine->gateway = gateway;
    engine->key = backend->key;
    memcpy(engine->name, backend->name.p, n);
    engine->url.max = 2048;
    zd_buf_str(&engine->url, backend->url);
    while (engine->url.n > 0 && engine->url.p[engine->url.n - 1] == '/')
        engine->url.n--;
    zd_buf_c(&engine->url, profile ? profile->health : "/models");
    engine->command = zd_alloc(backend->command.n + sizeof "exec ");
    if (!engine->command || !zd_buf_cstr(&engine->url)) {
        engine_free(engine);
        return NULL;
    }
    memcpy(engine->command, "exec ", 5);
    memcpy(engine->command + 5, backend->command.p, backend->command.n);
    return engine;
}

void zd_model__engines_config(struct zd_gateway *gateway)
{
    const struct zd_backend_list *list = &gateway->config->backends;

    for (size_t i = 0; i < ZD_COUNT(gateway->engines); i++)
        if (gateway->engines[i])
            gateway->engines[i]->is_wanted = false;
    for (size_t b = 0; b < list->n; b++) {
        struct zd_model__engine *engine = engine_of(gateway, list->p[b].key);
        struct zd_model__health *health = zd_model__health_of(gateway, list->p[b].key);

        if (engine && zd_str_eq(zd_str_c(engine->command + 5), list->p[b].command)) {
            engine->is_wanted = true;
            continue;
        }
        if (health)
            health->is_down = list->p[b].command.n > 0;
        if (list->p[b].command.n == 0)
            continue;
        if (engine)
            engine->key = 0; /* with another command it is another engine; this one ends */
        engine = engine_new(gateway, &list->p[b]);
        for (size_t i = 0; engine && i < ZD_COUNT(gateway->engines); i++)
            if (!gateway->engines[i]) {
                engine->is_wanted = true;
                gateway->engines[i] = engine;
                engine = NULL;
            }
        if (engine)
            engine_free(engine);
    }
}

void zd_model__engines_tick(struct zd_gateway *gateway, uint64_t now_us)
{
    for (size_t i = 0; i < ZD_COUNT(gateway->engines); i++) {
        struct zd_model__engine *engine = gateway->engines[i];
        int status;

        if (!engine)
            continue;
        if (engine->pid != 0 && waitpid(engine->pid, &status, WNOHANG) == engine->pid)
            ended(engine, status, now_us);
        if (!engine->is_wanted && engine->pid == 0) {
            engine_free(engine);
            gateway->engines[i] = NULL;
            continue;
        }
        if (!engine->is_wanted)
            end(engine, now_us);
        else if (engine->pid == 0 && now_us >= engine->start_at_us)
            start(engine, now_us);
        if (engine->kill_at_us != 0 && engine->pid != 0 && now_us >= engine->kill_at_us)
            (void)kill(-engine->pid, SIGKILL);
        if (engine->pid != 0 && engine->kill_at_us == 0 && !engine->probe &&
            now_us >= engine->probe_at_us)
            probe(engine);
    }
}

void zd_model__engines_stop(struct zd_gateway *gateway)
{
    static const struct timespec moment = {.tv_nsec = 10000000};
    uint64_t until = zd_clock_mono_us() + (uint64_t)GRACE_MS * 1000;

    for (size_t i = 0; i < ZD_COUNT(gateway->engines); i++)
        if (gateway->engines[i])
            end(gateway->engines[i], zd_clock_mono_us());
    for (size_t i = 0; i < ZD_COUNT(gateway->engines); i++) {
        struct zd_model__engine *engine = gateway->engines[i];
        int status;

        if (!engine)
            continue;
        while (engine->pid != 0 && waitpid(engine->pid, &status, WNOHANG) == 0) {
            if (zd_clock_mono_us() >= until)
                (void)kill(-engine->pid, SIGKILL);
            (void)nanosleep(&moment, NULL); /* the loop has ended: there is no event to wait for */
        }
        engine_free(engine);
        gateway->engines[i] = NULL;
    }
}
