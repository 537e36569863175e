//go:build js && wasm

package main

import (
	"errors"
	"fmt"
	"syscall/js"
)

// await waits for a promise. The error is what it was rejected with.
func await(promise js.Value) (js.Value, error) {
	type end struct {
		value js.Value
		err   error
	}
	done := make(chan end, 1)
	then := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- end{value: args[0]}
		return nil
	})
	catch := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- end{err: errors.New(args[0].Call("toString").String())}
		return nil
	})
	defer then.Release()
	defer catch.Release()
	promise.Call("then", then, catch)
	e := <-done
	return e.value, e.err
}

// call calls a method that gives a promise; one that throws is an error as well.
func call(on js.Value, method string, args ...any) (v js.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			thrown, ok := r.(js.Error)
			if !ok {
				panic(r)
			}
			err = thrown
		}
	}()
	return await(on.Call(method, args...))
}

// database is a binding of D1. Each query is one transaction.
// github.com/syumai/workers has it behind database/sql, which makes the program
// a fifteenth longer and hides no less.
type database struct{ js.Value }

// query runs one statement, whose parameters are numbers and texts, and gives its
// rows: each an array of columns.
func (d database) query(sql string, args ...any) ([]js.Value, error) {
	rows, err := call(d.Call("prepare", sql).Call("bind", args...), "raw")
	if err != nil {
		return nil, fmt.Errorf("D1: %w", err)
	}
	out := make([]js.Value, rows.Length())
	for i := range out {
		out[i] = rows.Index(i)
	}
	return out, nil
}

// bucket is a binding of R2.
type bucket struct{ js.Value }

// put stores octets; when it returns, every get finds them.
func (b bucket) put(key string, octets []byte) error {
	a := js.Global().Get("Uint8Array").New(len(octets))
	js.CopyBytesToJS(a, octets)
	if _, err := call(b.Value, "put", key, a); err != nil {
		return fmt.Errorf("R2: %w", err)
	}
	return nil
}

// get is the octets of a key; ok is false when there are none.
func (b bucket) get(key string) (octets []byte, ok bool, err error) {
	o, err := call(b.Value, "get", key)
	if err != nil {
		return nil, false, fmt.Errorf("R2: %w", err)
	}
	if o.IsNull() {
		return nil, false, nil
	}
	buf, err := call(o, "arrayBuffer")
	if err != nil {
		return nil, false, fmt.Errorf("R2: %w", err)
	}
	a := js.Global().Get("Uint8Array").New(buf)
	octets = make([]byte, a.Length())
	js.CopyBytesToGo(octets, a)
	return octets, true, nil
}

// remove drops keys, up to 1,000 at once; those that are not there are no error.
func (b bucket) remove(keys ...string) error {
	list := make([]any, len(keys))
	for i, k := range keys {
		list[i] = k
	}
	if _, err := call(b.Value, "delete", list); err != nil {
		return fmt.Errorf("R2: %w", err)
	}
	return nil
}

// console is the Worker's log, a line a message, which the platform shows and
// keeps where it is told to.
type console struct{}

// Info writes what happened.
func (console) Info(msg string, args ...any) { console{}.say("log", msg, args) }

// Error writes what failed.
func (console) Error(msg string, args ...any) { console{}.say("error", msg, args) }

// say writes msg and names with values, which alternate.
func (console) say(level, msg string, args []any) {
	for i := 0; i+1 < len(args); i += 2 {
		msg += fmt.Sprintf(" %v=%q", args[i], fmt.Sprint(args[i+1]))
	}
	js.Global().Get("console").Call(level, msg)
}
