#!/bin/sh
# Builds the pages' files into a folder: build_web.sh WEB-FOLDER OUTPUT-FOLDER
# Fetches the packages named in package-lock.json first where they are not there; two builds at a
# time wait for each other. Afterwards no network is needed.
set -eu
web=$1
out=$(mkdir -p "$2" && cd "$2" && pwd)
cd "$web"
exec 9<package.json
flock 9
if [ ! -x node_modules/.bin/esbuild ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error >&2 || {
        echo "the packages of web/ could not be fetched: run 'npm ci' in web/ once with network" >&2
        exit 1
    }
    touch node_modules/.package-lock.json
fi
node build.mjs "$out"
