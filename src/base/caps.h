/* caps: every limit on what comes from outside, in one place, each tested at it and one above.
 * The unit stands in the name. */
#ifndef ZD_BASE_CAPS_H
#define ZD_BASE_CAPS_H

#define ZD_MiB ((size_t)1 << 20)

/* documents */
#define ZD_UPLOAD_MAX_BYTES (100 * ZD_MiB)      /* one file as handed in */
#define ZD_TEXT_MAX_BYTES (50 * ZD_MiB)         /* one document's text once read */
#define ZD_ASIDE_MAX_BYTES (16 * ZD_MiB)        /* one document's margins and hidden words */
#define ZD_JSONL_LINE_MAX_BYTES (8 * ZD_MiB)    /* one document of a JSON-lines file */
#define ZD_JSONL_FILE_MAX_BYTES (2048 * ZD_MiB) /* such a file is read line by line */
#define ZD_DOCUMENT_MAX_PASSAGES 500000
#define ZD_DOCUMENT_MAX_ARENA_BYTES (512 * ZD_MiB) /* all memory of reading one document */
#define ZD_DOCUMENT_MAX_BLOCKS 2000000             /* lines, headings and rows of one document */
#define ZD_HTML_MAX_NODES 2000000                  /* elements and runs of text of one page */
#define ZD_HTML_MAX_DEPTH 512                      /* open elements */
#define ZD_HTML_MAX_ATTRIBUTES 256                 /* on one element */
#define ZD_TABLE_MAX_COLUMNS 256
#define ZD_TABLE_MAX_ROWS 100000
#define ZD_PAGES_MAX 10000             /* of a PDF, an OFD, a scan */
#define ZD_SCAN_MAX_PAGES 300          /* of pictures, whose words are recognised */
#define ZD_PICTURE_MAX_PIXELS 40000000 /* before it is unpacked */
#define ZD_PAGE_IMAGE_MAX_PIXELS                                                                   \
    4000000                          /* of a page that is shown; a larger one is drawn smaller */
#define ZD_LAYOUT_MAX_PIECES 2000000 /* of text placed on such pages */
#define ZD_MAIL_MAX_PARTS 1000       /* of one message, those of messages inside it too */
#define ZD_MAIL_MAX_DEPTH 16
#define ZD_ZIP_MAX_ENTRIES 10000
#define ZD_ZIP_MAX_BYTES (500 * ZD_MiB) /* all entries unpacked, and each of them */
#define ZD_ZIP_MAX_RATIO 100            /* unpacked to packed, above … */
#define ZD_ZIP_RATIO_FROM_BYTES (10 * ZD_MiB)
#define ZD_ARCHIVE_MAX_MEMBERS 2000 /* documents of one archive */
#define ZD_XML_MAX_DEPTH 256
#define ZD_XML_MAX_ATTRIBUTES 256
#define ZD_TITLE_MAX_BYTES 1024
#define ZD_ID_MAX_BYTES 256 /* a document's given id */
#define ZD_PATH_MAX_LEVELS 16

/* one worker that reads one document */
#define ZD_WORKER_MAX_CPU_SECONDS 30
#define ZD_WORKER_MAX_WALL_SECONDS 60             /* of a machine that is busy elsewhere */
#define ZD_WORKER_MAX_MEMORY_BYTES (512 * ZD_MiB) /* what it writes to; its input is not counted */
#define ZD_WORKER_MAX_SYSTEM_CALLS 25             /* kinds of calls it may make */
#define ZD_FRAME_MAX_BYTES (256 * ZD_MiB)         /* its whole answer */
#define ZD_FRAME_MAX_CELLS 4000000                /* table cells of one document */

/* questions */
#define ZD_QUESTION_MAX_BYTES 4096
#define ZD_TOP_MAX 1000 /* hits a search may ask for */

/* JSON from outside */
#define ZD_JSON_MAX_DEPTH 32

/* HTTP */
#define ZD_HTTP_HEAD_MAX_BYTES 16384
#define ZD_HTTP_URI_MAX_BYTES 8192
#define ZD_HTTP_MAX_FIELDS 100
#define ZD_HTTP_JSON_MAX_BYTES ZD_MiB

/* backends */
#define ZD_UPSTREAM_MAX_BYTES (2 * ZD_MiB)     /* one reply, streamed or whole */
#define ZD_SSE_EVENT_MAX_BYTES (ZD_MiB / 2)    /* one event or line of a stream */
#define ZD_CHOICES_MAX 16                      /* answers to one request */
#define ZD_TOOL_CALLS_MAX 128                  /* in one reply or chunk */
#define ZD_STREAM_QUEUE_MAX_BYTES (256 * 1024) /* waiting for a client: then no more is read */
#define ZD_CHAT_BODY_MAX_BYTES (4 * ZD_MiB)    /* one request to a model */

#endif
