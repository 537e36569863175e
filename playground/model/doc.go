// Package model is what the playground shows, without a browser: a Model, the
// messages that change it, and selectors that turn it into rows of text for
// package ui.
//
// In come messages: what somebody did (keys, clicks, edits), what the Workers
// answered (package core/inspect/view's values), how wide the page is. Out go
// a new Model and effects, which are values too; package bridge carries them
// out. Update never blocks, never keeps a reference to what it was given, and
// gives the same answer for the same input, so everything here is tested
// natively with scripted actions.
//
// It imports core/inspect/view and the standard library; never go-app, never
// syscall/js.
package model
