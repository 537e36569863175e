// Package bridge joins the page's model with the browser: the two Workers, the
// relay, the page's address, its storage and clock.
//
// In come effects of playground/model, out go its messages. The Workers are
// started by web/static/boot.js, before this program is compiled; package
// bridge takes them over, and makes new ones when a session is stopped or
// a Worker fails. What they say is decoded here: JSON into the values of
// core/inspect/view.
//
// It imports playground/model, core/inspect/view and syscall/js. Only main
// uses it.
package bridge
