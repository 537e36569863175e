stream.on('fetchTrailers', (trailers) => {
  trailers['ABC'] = 'some value to send';
});
