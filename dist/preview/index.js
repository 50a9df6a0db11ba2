import '../auxiliary/index.js';
