#!/usr/bin/env bash
# Builds, runs and tests Framewise. `./build.sh help` says what there is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
root=$PWD
logs=$root/dist/log

# The toolchain that go.mod asks for, with net/http's security fixes, also
# where the environment says GOTOOLCHAIN=local.
export GOTOOLCHAIN=go1.27.4
# Debian keeps nghttpd where only root's PATH looks.
export PATH=$PATH:/usr/local/go/bin:/usr/sbin

usage() {
	cat <<'TEXT'
./build.sh COMMAND

  build   make dist/bin/framewise, dist/site (for any static server), dist/edge
          and dist/npm/http2 (for Node.js)
  run     build, then serve the playground on http://127.0.0.1:8420
  test    install what is missing, then check and test everything
  full    the long proofs (FULL_FUZZ=10m for each fuzz target, FULL_SEEDS=1000000
          of the simulation, the mutations, H2SPEC_RUNS=20, FULL_RUNS=100 of
          each example in the tab, FULL_CRASHES=1000 of the share store)
  bench   the benchmarks, side by side with net/http and nghttpd (ROUNDS=7)
  deps    only install what test needs: Chromium, Firefox ESR, nghttp2, h2o, nginx, curl, tshark, Node.js,
          bash-completion, zsh, fish, man-db, mandoc
  help    this text

build and run need Go 1.21 or later with its module proxy, and npm, which is
installed on Debian where it is missing.
  LISTEN=127.0.0.1:8420  where run listens
  DATA=DIR               where run keeps what it stores (default: .data)
  FUZZ=10s               how long test fuzzes each target
TEXT
}

die() {
	printf 'build.sh: %s\n' "$*" >&2
	exit 1
}

# --- what must be there -----------------------------------------------------

need_go() {
	command -v go >/dev/null || die "Go is missing: install 1.21 or later (https://go.dev/dl/, or Debian's golang-go); it fetches $GOTOOLCHAIN by itself"
	go version >/dev/null || die "Go can't get the toolchain $GOTOOLCHAIN: it needs Go 1.21 or later and the module proxy"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "can't install Debian packages: neither root nor sudo. As root: apt-get install $missing"
	fi
}

# need COMMAND-OR-FILE PACKAGE notes the package when the command is absent.
missing=
need() {
	if ! command -v "$1" >/dev/null && ! [ -e "$1" ]; then
		missing="$missing $2"
	fi
}

# install_missing installs what need has noted.
install_missing() {
	# shellcheck disable=SC2086 # a list of packages
	missing=$(printf '%s\n' $missing | sort -u | tr '\n' ' ')
	[ -n "${missing// /}" ] || return 0
	command -v apt-get >/dev/null || die "these are missing, and this is no Debian to install them on: $missing"
	printf 'installing %s\n' "$missing"
	as_root apt-get update -qq
	# RUNLEVEL=1: h2o and nginx are not started.
	# shellcheck disable=SC2086 # a list of packages
	as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends $missing
}

deps() {
	need chromium chromium
	need firefox-esr firefox-esr
	need nghttpd nghttp2
	need nghttp nghttp2
	need h2load nghttp2
	need h2o h2o
	need nginx nginx
	need curl curl
	need openssl openssl
	need tshark tshark
	need /usr/share/bash-completion/bash_completion bash-completion
	need zsh zsh
	need fish fish
	need man man-db
	need mandoc mandoc
	need node nodejs
	need npm npm
	need /usr/share/fonts/truetype/dejavu fonts-dejavu-core
	install_missing
	local major
	major=$(node -p 'process.versions.node.split(".")[0]')
	[ "$major" -ge 20 ] || die "Node.js $major is too old: 20 or later is needed"
	packages web
	packages e2e
}

# packages FOLDER installs the npm packages of its lock file. A folder that
# npm ci finished from this lock file is left as it is.
packages() {
	cmp -s "$1/package-lock.json" "$1/node_modules/.framewise-lock" && return 0
	if ! command -v npm >/dev/null; then # it fetches what the page's scripts are bundled with
		need node nodejs
		need npm npm
		install_missing
	fi
	(cd "$1" && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-fund --no-audit --loglevel=error >&2)
	cp "$1/package-lock.json" "$1/node_modules/.framewise-lock"
}

# --- build ------------------------------------------------------------------

build() {
	need_go
	packages web
	mkdir -p dist/bin
	go run ./web/build site
	go run ./web/build edge
	go run ./web/build npm
	go build -trimpath -buildvcs=false -o dist/bin/framewise ./server
}

run() {
	need_go
	packages web
	mkdir -p dist/bin
	echo 'building the site; the first time takes a minute or two'
	go run ./web/build site
	go build -trimpath -buildvcs=false -o dist/bin/framewise ./server
	exec dist/bin/framewise serve --listen "${LISTEN:-127.0.0.1:8420}" --data "${DATA:-$root/.data}" "$@"
}

# --- checks, one function each ------------------------------------------------

# What runs in a browser or a Worker is checked for js/wasm too.
wasm_packages='./core/... ./transport/... ./playground/... ./wasm/... ./server/site ./server/share'

check_format() {
	local bad
	bad=$(find . -name node_modules -prune -o -path ./dist -prune -o -name '*.go' -print0 | xargs -0 gofmt -l)
	[ -z "$bad" ] || { printf 'not formatted by gofmt:\n%s\n' "$bad"; return 1; }
}

check_vet() { go vet ./...; }
# shellcheck disable=SC2086 # a list of patterns
check_vet_wasm() { GOOS=js GOARCH=wasm go vet $wasm_packages; }
check_static() { go tool staticcheck ./...; }
# It takes what only go:wasmexport uses for unused; the native run sees the rest.
check_static_wasm() {
	local tool
	tool=$(go tool -n staticcheck) # built for this machine; the packages are not
	# shellcheck disable=SC2086
	GOOS=js GOARCH=wasm "$tool" -checks inherit,-U1000 $wasm_packages
}

# Some tests build WASM with a command of their own, which Go's cache of results
# does not see.
test_native() { go test -race -count=1 -v ./...; }

# The same tests of the core, compiled to WASM, under Node. wasm_exec passes
# the whole environment into a page of memory: keep it small.
test_wasm() {
	local name keep=()
	for name in PATH HOME CI FRAMEWISE_SHARED GOTOOLCHAIN GOPROXY GOFLAGS GOCACHE GOMODCACHE GOPATH TMPDIR; do
		[ -z "${!name:-}" ] || keep+=("$name=${!name}")
	done
	env -i "${keep[@]}" GOOS=js GOARCH=wasm go test -v -exec "$(go env GOROOT)/lib/wasm/go_js_wasm_exec" ./core/...
}

# fuzz TIME runs every fuzz target that there is for that long, one on each
# core.
fuzz() {
	local file target place log
	rm -f "$logs"/fuzz-*.log
	while IFS=: read -r file target; do
		target=${target#func } place=$(dirname "$file")
		log=$logs/fuzz-${place//[.\/]/-}-$target.log
		while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n || true; done
		{
			if go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 20x -parallel 1 "$place" 2>&1; then
				echo "--- PASS: $file $target"
			else
				echo "--- FAIL: $file $target"
			fi
		} >"$log" &
	done < <(grep -rHoE --include='*_test.go' --exclude-dir=node_modules --exclude-dir=dist '^func Fuzz[A-Za-z0-9_]+' . | sort)
	wait
	cat "$logs"/fuzz-*.log
	! grep -q '^--- FAIL: \./' "$logs"/fuzz-*.log
}

test_e2e() {
	[ -x dist/bin/framewise ] || { echo 'no dist/bin/framewise: the build failed'; return 1; }
	node --test --test-concurrency=1 --test-reporter=spec e2e/test/*.test.mjs
}

# --- the runner ----------------------------------------------------------------

passed=0 failed=0

# step NAME COMMAND… runs a check, prints a line and keeps its output. What it
# counts are the single tests in the output, or one for a check without any.
step() {
	local name=$1 log=$logs/$1.log start=$SECONDS state=ok good bad skips note= status
	shift
	# Not as a condition: in one, bash would go on after a failed command.
	set +e
	(set -e; "$@") >"$log" 2>&1 </dev/null
	status=$?
	set -e
	[ $status = 0 ] || state=FAIL
	good=$(grep -cE '^ *--- PASS|^ℹ pass [1-9]' "$log" || true)
	bad=$(grep -cE '^ *--- FAIL' "$log" || true)
	skips=$(grep -cE '^ *--- SKIP' "$log" || true)
	if grep -qE '^ℹ pass' "$log"; then # node's own totals
		good=$(awk '/^ℹ pass/ {n += $3} END {print n + 0}' "$log")
		bad=$(awk '/^ℹ (fail|cancelled)/ {n += $3} END {print n + 0}' "$log")
		skips=$(awk '/^ℹ skipped/ {n += $3} END {print n + 0}' "$log")
	elif [ "$good" = 0 ] && [ $state = ok ]; then
		good=1
	fi
	if [ $state = FAIL ] && [ "$bad" = 0 ]; then
		bad=1
	fi
	passed=$((passed + good)) failed=$((failed + bad))
	[ "$skips" = 0 ] || note=", $skips skipped"
	printf '%-4s %-13s %4d s  %d passed, %d failed%s\n' "$state" "$name" $((SECONDS - start)) "$good" "$bad" "$note"
	if [ $state = FAIL ]; then
		grep -nE -B 12 -A 6 '^ *--- FAIL|^FAIL|^# |panic:|DATA RACE|^ *✖' "$log" | head -60 || true
		tail -15 "$log"
		printf '     all of it: %s\n' "$log"
	fi
}

finish() {
	printf '%d passed, %d failed\n' "$passed" "$failed"
	[ "$failed" = 0 ]
}

run_tests() {
	need_go
	mkdir -p "$logs"
	deps 2>&1 | tee "$logs/deps.log"
	step gofmt check_format
	step vet check_vet
	step vet-wasm check_vet_wasm
	step static check_static
	step static-wasm check_static_wasm
	step native test_native
	step seed-api go run ./e2e/seedapi/ran "$logs/native.log"
	step core-wasm test_wasm
	step simulation simulate 5000
	step fuzz fuzz "${FUZZ:-10s}"
	step build build
	step sizes go run ./web/build sizes
	cat "$logs/sizes.log"
	step e2e test_e2e
	grep -hE 'first frame' "$logs/e2e.log" || true
	finish
}

# simulate COUNT runs that many seeds of client against server over a bad network.
simulate() { FRAMEWISE_SIM_SEEDS=$1 go test -v -count 1 -timeout 12h -run '^TestSimulation$' ./transport/memory/sim; }

run_full() {
	need_go
	mkdir -p "$logs"
	deps
	local each=${FULL_FUZZ:-10m}
	step full-sim simulate "${FULL_SEEDS:-1000000}"
	grep -h '^simulation: ' "$logs/full-sim.log" || true
	step full-fuzz fuzz "$each"
	printf 'fuzz: %s targets, %s each\n' "$(grep -cE '^--- (PASS|FAIL)' "$logs/full-fuzz.log")" "$each"
	step crash env "FRAMEWISE_CRASH_POINTS=${FULL_CRASHES:-1000}" go test -count=1 -v -timeout 2h -run '^TestCrash$' ./server/share/bolt
	grep -h '^crash points: ' "$logs/crash.log" || true
	step mutations go run ./core/conn/mutate
	tail -1 "$logs/mutations.log"
	step interop env "H2SPEC_RUNS=${H2SPEC_RUNS:-20}" go test -count=1 -v ./e2e/interop
	grep -ohE '(h2spec -S, [^:]*|our (client|server) with|differential): .*' "$logs/interop.log" || true
	build
	step full-tab env "RUNS=${FULL_RUNS:-100}" "TAB_RUNS=${FULL_TAB_RUNS:-7600}" node --test --test-reporter=spec e2e/test/tab.test.mjs
	grep -hE '^(examples: |JavaScript heap|WASM memory)' "$logs/full-tab.log" || true
	finish
}

run_bench() {
	need_go
	mkdir -p "$logs"
	deps
	go test -run '^$' -bench . -benchmem ./core/... | grep -vE '^(ok|PASS|\?)' | tee "$logs/bench.log"
	# The relay and the tap beside a plain TCP proxy: carrying, round trips, and printing all that passes.
	go test -run '^$' -bench 'Carry|RoundTrip|TapPrints' ./server/relay ./server/tap ./server/cli | grep '^Bench' | tee -a "$logs/bench.log"
	build
	go run ./e2e/bench -framewise "$root/dist/bin/framewise" | tee -a "$logs/bench.log"
	node e2e/bench/first-frame.mjs
	node e2e/bench/page.mjs
}

command=${1:-help}
[ $# = 0 ] || shift
case $command in
build) build ;;
run) run "$@" ;;
test) run_tests ;;
full) run_full ;;
bench) run_bench ;;
deps) deps ;;
help | -h | --help) usage ;;
*)
	usage >&2
	die "there is no command $command"
	;;
esac
