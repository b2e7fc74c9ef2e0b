/* listing.c: the frame of commands that read from one of the office's databases and print (cli.h). */
#include "base/caps.h"
#include "cli/cli.h"
#include "ingest/office.h"
#include "model/model.h"
#include "store/source.h"

#define ARENA_BYTES (256 * ZD_MiB) /* a limit; memory is taken as it is needed */

static enum zd_status list_office(struct zd_listing *listing, zd_listing_fn list,
                                  struct zd_error *err)
{
    struct zd_office *office = NULL;
    struct zd_view *view = NULL;
    enum zd_status st = zd_office_open(listing->cli->data, &office, err);

    if (st == ZD_OK)
        st = zd_view_open(office, &view, err);
    if (st == ZD_OK)
        st = zd_view_begin(view, err);
    if (st == ZD_OK) {
        listing->store = zd_view_store(view);
        st = list(listing, err);
    }
    zd_view_close(view);
    zd_office_close(office);
    return st;
}

/* A database that other commands make: where it is not there yet, nothing is listed. */
static enum zd_status list_beside(struct zd_listing *listing, enum zd_listing_of of,
                                  zd_listing_fn list, struct zd_error *err)
{
    enum zd_status st =
        of == ZD_LISTING_GATEWAY
            ? zd_gateway_store(listing->cli->data, ZD_STORE_READ, &listing->store, err)
            : zd_source_db_open(listing->cli->data, ZD_STORE_READ, &listing->store, err);

    if (st == ZD_NOT_FOUND)
        return ZD_OK;
    if (st == ZD_OK)
        st = list(listing, err);
    zd_store_close(listing->store);
    return st;
}

int zd_run_listing(struct zd_cli *cli, const struct zd_usage *usage, enum zd_listing_of of,
                   zd_listing_fn list, void *context, int argc, char **argv)
{
    struct zd_listing listing = {.cli = cli, .context = context};
    struct zd_error err = {0};
    int first, exit_status;
    enum zd_status st;

    if (!zd_options_read(usage, argc, argv, &first, &exit_status))
        return exit_status;
    listing.arena = zd_arena_new(ARENA_BYTES);
    if (!listing.arena)
        st = ZD_FAIL(&err, ZD_NOMEM, 0, "no memory left to list");
    else if (of == ZD_LISTING_OFFICE)
        st = list_office(&listing, list, &err);
    else if (of == ZD_LISTING_NOTHING)
        st = list(&listing, &err);
    else
        st = list_beside(&listing, of, list, &err);
    zd_arena_free(listing.arena);
    return st == ZD_OK ? ZD_EXIT_DONE : zd_print_error(&err);
}
