// Package ui turns the model's rows into elements, with go-app. It holds no
// logic: a component renders what a selector of playground/model returned, and
// an event becomes a message.
//
// In come a model and an Engine (package bridge, or a made-up one in tests).
// It imports playground/model and go-app, nothing else of the project.
//
// Three habits, each with its reason:
//
//   - Values that belong to an event are passed as the handler's scope (on), or
//     read from the element, because go-app compares handlers by code pointer.
//   - Children that come and go keep their place (a hidden or empty element),
//     because go-app compares children by index.
//   - Positions are set through CSSOM (place), because the page's policy allows
//     no style attributes and go-app's Style sets the attribute.
package ui
